"""`doit ignore`: leaves tasks out of runs until they are forgotten."""

from __future__ import annotations

from composelib.commands.shared.whole_compose import WholeComposeCommand
from composelib.engine.doit_commands import IgnoreTasks


class IgnoreCommand(WholeComposeCommand, IgnoreTasks):
    """doit's own command, with our exit statuses."""

    doc_purpose = "leave tasks out of runs until they are forgotten"
