"""`doit schema`: writes the JSON schema of configs for editors, and the tables of the reference."""

from __future__ import annotations

from pathlib import Path

from composelib.commands.shared.question import Question
from composelib.config.generated import json_schema, reference
from composelib.engine.doit_commands import Options
from composelib.errors import ConfigError
from composelib.files import write_file
from composelib.program import PROGRAM

SCHEMA = Path("composes/schema.json")
REFERENCE = Path("docs/config.md")


class SchemaCommand(Question):
    """Writes the files that are generated from the declarations of the config's keys."""

    name = "schema"
    doc_purpose = "write composes/schema.json for editors, and the tables of docs/config.md"
    doc_usage = ""
    doc_description = "Prints the names of the files that it changed."

    def answer(self, options: Options, words: list[str]) -> int:
        """Write the files; return the exit status."""
        del options
        return update_files(words)


def update_files(words: list[str]) -> int:
    """Write the files that are not up to date, and print their names. Raise ConfigError for arguments."""
    if words:
        raise ConfigError(f"{words[0]}: '{PROGRAM} schema' takes no arguments")
    for path, content in generate_files().items():
        if not path.exists() or path.read_text() != content:
            write_file(path, content)
            print(path)
    return 0


def generate_files() -> dict[Path, str]:
    """Return the content of each file; the reference only if its page exists."""
    contents = {SCHEMA: json_schema.format_schema()}
    if REFERENCE.exists():
        contents[REFERENCE] = reference.replace_tables(REFERENCE.read_text())
    return contents
