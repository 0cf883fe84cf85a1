"""`doit config`: the effective config, each value with the line it comes from."""

from __future__ import annotations

import json

from composelib.commands.shared.command_line import load_current_compose
from composelib.commands.shared.question import Question
from composelib.config import read
from composelib.config.selection import narrow
from composelib.config.show import as_json, as_text
from composelib.engine.doit_commands import Options
from composelib.errors import ConfigError
from composelib.program import PROGRAM


class ConfigCommand(Question):
    """Prints the effective config."""

    name = "config"
    narrows = True
    doc_purpose = "print the config as it takes effect, with the file and line of all that is not a default"
    doc_usage = ""
    doc_description = "Includes, extends and groups are resolved; paths are relative to the config file."
    cmd_options = ({"name": "as_json", "long": "json", "type": bool, "default": False, "help": "print JSON"},)

    def answer(self, options: Options, words: list[str]) -> int:
        """Print the config; return the exit status."""
        return print_config(words, is_json=options["as_json"])


def print_config(words: list[str], *, is_json: bool) -> int:
    """Print the config. Raise ConfigError for arguments."""
    if words:
        raise ConfigError(f"{words[0]}: '{PROGRAM} config' takes no arguments; compose=NAME names another compose")
    compose = load_current_compose()
    path = compose.config
    settings, _ = read(path)
    if compose.selection:
        settings = narrow(settings, compose.selection)
    if is_json:
        print(json.dumps(as_json(settings, path.parent), indent=1, ensure_ascii=False))
    else:
        print(as_text(settings, path.parent), end="")
    return 0
