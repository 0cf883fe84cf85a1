"""`doit list`: lists stages and tasks."""

from __future__ import annotations

from composelib.commands.shared.whole_compose import WholeComposeCommand
from composelib.engine.doit_commands import ListTasks


class ListCommand(WholeComposeCommand, ListTasks):
    """doit's own command, with our exit statuses."""

    doc_purpose = "list the stages, or with --all all tasks"
