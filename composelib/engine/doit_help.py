"""doit's help command, with our usage: the variables, which doit knows nothing of, and our commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doit.cmd_help import Help

from composelib.errors import ConfigError
from composelib.program import INSTALLED, PROGRAM, VERSION

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


class UsageHelp(Help):
    """Prints what to type."""

    name = "help"
    doc_purpose = "show what to type; with a command, its options"
    doc_usage = "[COMMAND|TASK]"

    def print_usage(self, cmds: Mapping[str, Any]) -> None:
        """Print all that can be typed; of doit's own commands only what completes words means something here."""
        ours = {name: command for name, command in cmds.items() if command.__module__.startswith("composelib")}
        purposes = {name: command.doc_purpose for name, command in ours.items()}
        print(format_usage({**purposes, "tabcompletion": "print a script that lets a shell complete words"}))

    def execute(self, params: Any, args: list[str]) -> int:
        """Print the help that is asked for. Raise ConfigError for what is neither a command nor a task."""
        if not args:
            self.print_usage(self.cmds)
        elif args[0] in self.cmds:
            super().execute(params, args[:1])
        elif not super(Help, self).execute(params, args[:1]):  # which looks for a task
            raise ConfigError(f"{args[0]}: no such command or task", f"`{PROGRAM} help`, `{PROGRAM} list --all`")
        return 0


def format_usage(purposes: Mapping[str, str]) -> str:
    """Return the usage, with the purpose of each command."""
    lines = [f"{INSTALLED} {VERSION}: make the compose of a Debian-based distribution"]
    for title, rows in (
        ("Usage", {f"{PROGRAM} {words}".rstrip(): text for words, text in USES.items()}),
        ("Variables, which go with each of these", VARIABLES),
        ("Commands", dict(sorted(purposes.items()))),
    ):
        lines += ["", title, *(f"  {words:<28} {text}" for words, text in rows.items())]
    return "\n".join(lines)
