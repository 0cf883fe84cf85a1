"""`doit schema`: writes the JSON schema of configs for editors, and the tables of the reference."""

from __future__ import annotations

from pathlib import Path

from composelib.commands.shared.question import Question
from composelib.config.generated import json_schema, reference
from composelib.engine.doit_commands import Options
from composelib.errors import ConfigError
from composelib.files import write

SCHEMA = Path("composes/schema.json")
REFERENCE = Path("docs/config.md")


class Schema(Question):
    """Writes what is made from the one declaration of the config's keys."""

    name = "schema"
    doc_purpose = "write composes/schema.json for editors, and the tables of docs/config.md"
    doc_usage = ""
    doc_description = "Names the files that it changed."

    def answer(self, options: Options, words: list[str]) -> int:
        """Write the files; gives the exit status."""
        del options
        return update(words)


def update(names: list[str]) -> int:
    """Write those files that are not as they should be, and name them. Raise ConfigError for arguments."""
    if names:
        raise ConfigError(f"{names[0]}: 'doit schema' takes no arguments")
    for path, content in files().items():
        if not path.exists() or path.read_text() != content:
            write(path, content)
            print(path)
    return 0


def files() -> dict[Path, str]:
    """Return the files with what they should hold; the reference only where its page is there."""
    found = {SCHEMA: json_schema.text()}
    if REFERENCE.exists():
        found[REFERENCE] = reference.with_tables(REFERENCE.read_text())
    return found
