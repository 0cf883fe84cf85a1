"""`doit config`: the config as it takes effect, each value with the line it comes from."""

from __future__ import annotations

import json

from composelib.commands import current_compose
from composelib.commands.shared.question import Question
from composelib.config import read
from composelib.config.selection import narrowed
from composelib.config.show import as_json, as_text
from composelib.engine.doit_commands import Options
from composelib.errors import ConfigError


class Config(Question):
    """Prints the effective config."""

    name = "config"
    narrows = True
    doc_purpose = "print the config as it takes effect, with the file and line of all that is not a default"
    doc_usage = ""
    doc_description = "Includes, extends and groups are worked in; paths are relative to the config file."
    cmd_options = ({"name": "as_json", "long": "json", "type": bool, "default": False, "help": "print JSON"},)

    def answer(self, options: Options, words: list[str]) -> int:
        """Print; gives the exit status."""
        return show(words, json_wanted=options["as_json"])


def show(names: list[str], *, json_wanted: bool) -> int:
    """Print the config. Raise ConfigError for arguments."""
    if names:
        raise ConfigError(f"{names[0]}: 'doit config' takes no arguments; compose=NAME names another compose")
    compose = current_compose()
    path = compose.config
    settings, _ = read(path)
    if compose.selection:
        settings = narrowed(settings, compose.selection)
    if json_wanted:
        print(json.dumps(as_json(settings, path.parent), indent=1, ensure_ascii=False))
    else:
        print(as_text(settings, path.parent), end="")
    return 0
