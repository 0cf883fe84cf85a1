"""`doit promote`: moves a channel of a destination to the compose that another channel is at."""

from __future__ import annotations

from composelib.commands.shared.channel_move import promote, require_channel
from composelib.commands.shared.command_line import load_current_compose
from composelib.commands.shared.destination import open_destination
from composelib.commands.shared.program_log import log_programs
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.engine.ownership import hold_compose
from composelib.errors import ConfigError
from composelib.program import PROGRAM


class PromoteCommand(Question):
    """Moves a channel on."""

    name = "promote"
    doc_purpose = "move a channel to the compose that another is at: nightly to beta, beta to stable"
    doc_usage = "FROM TO --to=DEST"
    doc_description = "Nothing is built. DEST is what `publish --to` takes. TO is made if there is no such channel yet."
    cmd_options = ({"name": "to", "long": "to", "type": str, "default": "", "help": "the destination that has both"},)

    def answer(self, options: Options, words: list[str]) -> int:
        """Move the channel; return the exit status."""
        if len(words) != len(("FROM", "TO")) or not options["to"] or words[0] == words[1]:
            raise ConfigError(
                f"{PROGRAM} promote: it takes two channels and --to=DEST", f"see `{PROGRAM} help promote`"
            )
        source, channel = map(require_channel, words)
        destination = open_destination(options["to"])
        compose = load_current_compose()
        with hold_compose(compose):
            with log_programs(compose.paths.log("promote", channel)):
                line = promote(compose, destination, source, channel)
            print(line)
        return 0
