"""`doit help`: what to type, and the options of a command."""

from __future__ import annotations

from composelib.engine.doit_commands import print_help
from composelib.engine.doit_errors import explain_options
from composelib.engine.doit_help import UsageHelp
from composelib.engine.exit_status import run_action


class HelpCommand(UsageHelp):
    """Prints what to type."""

    doc_purpose = "show what to type; with a command, its options"

    def parse_execute(self, in_args: list[str]) -> int:
        """Print the help that is asked for; return the exit status."""
        if print_help(self, in_args):
            return 0

        def follow() -> int:
            with explain_options(self.name):
                status: int = UsageHelp.parse_execute(self, in_args)
            return status

        return run_action(follow)
