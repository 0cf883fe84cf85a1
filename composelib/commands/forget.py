"""`doit forget`: forgets that tasks have run, so that they run again."""

from __future__ import annotations

from typing import Any

from composelib.commands.shared.whole_compose import WholeComposeCommand
from composelib.engine.doit_commands import ForgetTasks


class ForgetCommand(WholeComposeCommand, ForgetTasks):
    """doit's own command, which here forgets all tasks if none is named."""

    doc_purpose = "let the next run repeat tasks"

    def execute(self, params: Any, args: list[str]) -> Any:
        """Forget the named tasks."""
        params["forget_all"] = params["forget_all"] or not args
        return super().execute(params, args)
