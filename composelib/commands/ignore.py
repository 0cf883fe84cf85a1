"""`doit ignore`: leaves tasks out of runs until they are forgotten."""

from __future__ import annotations

from typing import Any

from composelib.commands.shared.whole_compose import WholeComposeCommand
from composelib.engine.doit_commands import IgnoreTasks
from composelib.errors import ConfigError
from composelib.program import PROGRAM


class IgnoreCommand(WholeComposeCommand, IgnoreTasks):
    """doit's own command, with our exit statuses."""

    doc_purpose = "leave tasks out of runs until they are forgotten"

    def execute(self, params: Any, args: list[str]) -> Any:
        """Ignore the named tasks. Raise ConfigError if none is named."""
        if not args:
            raise ConfigError(f"{PROGRAM} ignore: it takes the names of tasks", f"see `{PROGRAM} list --all`")
        return super().execute(params, args)
