"""`doit reset-dep`: records the outputs of tasks as up to date."""

from __future__ import annotations

from composelib.commands.shared.whole_compose import WholeComposeCommand
from composelib.engine.doit_commands import ResetTasks


class ResetDepCommand(WholeComposeCommand, ResetTasks):
    """doit's own command, with our exit statuses and our lock."""

    doc_purpose = "accept the outputs of tasks as they are"
    doc_description = "Use it after a change that has no effect on what the tasks make."
