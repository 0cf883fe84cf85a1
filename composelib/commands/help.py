"""`doit help`: what to type, and the options of a command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from composelib.commands.shared.command_line import exit_on_error
from composelib.engine.doit_help import UsageHelp


class HelpCommand(UsageHelp):
    """Prints what to type."""

    def execute(self, params: Mapping[str, Any], args: list[str]) -> int:
        """Print the help that is asked for; return the exit status."""
        return exit_on_error(lambda: UsageHelp.execute(self, params, args))
