"""doit's help command, with our usage: the variables, which doit knows nothing of, and our commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doit.cmd_help import Help

from composelib.engine.manual_page import format_manual
from composelib.engine.usage import format_usage
from composelib.errors import ConfigError
from composelib.program import PROGRAM


class UsageHelp(Help):
    """Prints what to type."""

    name = "help"
    doc_usage = "[COMMAND|TASK] | --man"
    cmd_options = (
        {
            "name": "manual",
            "long": "man",
            "type": bool,
            "default": False,
            "help": f"print the manual page: `{PROGRAM} help --man | man -l -`",
        },
    )

    def print_usage(self, cmds: Mapping[str, Any]) -> None:
        """Print all that can be typed."""
        del cmds
        print(format_usage())

    def execute(self, params: Any, args: list[str]) -> int:
        """Print the help that is asked for. Raise ConfigError unless it is one command or task."""
        if params["manual"]:
            print(format_manual(self.cmds), end="")
        elif not args:
            self.print_usage(self.cmds)
        elif len(args) > 1:
            raise ConfigError(f"{PROGRAM} help: {args[1]}: it takes one command or task", f"`{PROGRAM} help {args[0]}`")
        elif args[0] in self.cmds:
            super().execute(params, args)
        elif not super(Help, self).execute(params, args):  # which looks for a task
            raise ConfigError(f"{args[0]}: no such command or task", f"`{PROGRAM} help`, `{PROGRAM} list --all`")
        return 0
