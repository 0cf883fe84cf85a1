"""What can be typed: the usage, the variables and what each command is for. It is read without loading the commands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from composelib.errors import ConfigError
from composelib.program import INSTALLED, PROGRAM, VERSION

COMMANDS = Path(__file__).parents[1] / "commands"
PURPOSE = re.compile(r'^    doc_purpose = "(.+)"$', re.MULTILINE)
VARIABLES = {
    "compose=NAME": "the config composes/NAME.yaml, or a path; demo by default",
    "arches=A,B": "only the tasks of these arches, and what they need",
    "variants=A,B": "only the tasks of these variants, and what they need",
    "offline=1": "ask no archive: only what earlier runs fetched is used",
    "locked=1": "make it of the states of the archives that composes/NAME.lock has",
    "build=DIR": "work in this folder; build by default",
}
"""The variables of the command line, and what each does."""
USES = {
    "": "make the whole compose",
    "TASK|FILE...": "make these, and what they need: createrepo, createrepo:Server:amd64, 'createiso:*'",
    "-n 8": "run eight tasks at a time",
    "COMMAND [...]": "one of the commands below",
    "help COMMAND|TASK": "the options of a command; what a task is for",
}
"""What may be typed after the program's name."""


def refuse_empty_words(words: Sequence[str]) -> None:
    """Raise ConfigError if a word of the command line is empty: doit takes each for more."""
    if "" in words:
        raise ConfigError(f"{PROGRAM}: a word of the command line is empty", "leave it out")


def list_command_modules() -> dict[str, Path]:
    """Return the module of each command: commands/reset_dep.py has `reset-dep`."""
    paths = sorted(path for path in COMMANDS.glob("*.py") if path.stem != "__init__")
    return {path.stem.replace("_", "-"): path for path in paths} | {"run": Path(__file__).with_name("run.py")}


def read_purposes() -> dict[str, str]:
    """Return what each command is for, as its class says."""
    return {name: PURPOSE.findall(path.read_text())[0] for name, path in sorted(list_command_modules().items())}


def format_usage() -> str:
    """Return the usage, with the purpose of each command."""
    lines = [f"{INSTALLED} {VERSION}: make the compose of a Debian-based distribution"]
    for title, rows in list_sections().items():
        lines += ["", title, *(f"  {words:<28} {text}" for words, text in rows.items())]
    return "\n".join(lines)


def list_sections() -> dict[str, Mapping[str, str]]:
    """Return the tables of the usage by their titles."""
    return {
        "Usage": {f"{PROGRAM} {words}".rstrip(): text for words, text in USES.items()},
        "Variables, which go with each of these": VARIABLES,
        "Commands": read_purposes(),
    }
