"""The base of doit's own commands on tasks."""

from __future__ import annotations

from typing import Any

from composelib.commands.shared.command_line import read_names
from composelib.engine.doit_commands import LoadingCommand
from composelib.errors import ConfigError
from composelib.program import PROGRAM


class WholeComposeCommand(LoadingCommand):
    """A command of doit's own on named tasks, which `arches=` and `variants=` do not narrow."""

    def execute(self, params: Any, args: list[str]) -> Any:
        """Run the command. Raise ConfigError if the command line narrows the compose: that would be ignored."""
        for name in ("arches", "variants"):
            if read_names(name):
                raise ConfigError(f"{name}=: has no effect on '{PROGRAM} {self.name}'", "name the tasks")
        return super().execute(params, args)
