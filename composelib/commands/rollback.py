"""`doit rollback`: moves a channel of a destination back to the compose that it was at before."""

from __future__ import annotations

from composelib.commands.shared.channel_move import require_channel, roll_back
from composelib.commands.shared.command_line import load_current_compose
from composelib.commands.shared.destination import open_destination
from composelib.commands.shared.program_log import log_programs
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.engine.ownership import hold_compose
from composelib.errors import ConfigError
from composelib.program import PROGRAM


class RollbackCommand(Question):
    """Moves a channel back."""

    name = "rollback"
    doc_purpose = "move a channel back to the compose that it was at before"
    doc_usage = "CHANNEL --to=DEST"
    doc_description = "Nothing is built. DEST is what `publish --to` takes. Once more, and the channel is where it was."
    cmd_options = ({"name": "to", "long": "to", "type": str, "default": "", "help": "the destination that has it"},)

    def answer(self, options: Options, words: list[str]) -> int:
        """Move the channel; return the exit status."""
        if len(words) != 1 or not options["to"]:
            raise ConfigError(f"{PROGRAM} rollback: it takes a channel and --to=DEST", f"see `{PROGRAM} help rollback`")
        channel, destination = require_channel(words[0]), open_destination(options["to"])
        compose = load_current_compose()
        with hold_compose(compose):
            with log_programs(compose.paths.log("rollback", channel)):
                line = roll_back(compose, destination, channel)
            print(line)
        return 0
