"""doit's own commands on tasks and records, with our lock, our exit statuses and one line for an error."""

from __future__ import annotations

from typing import Any

from composelib.commands import names
from composelib.engine.doit_commands import ForgetTasks, IgnoreTasks, ListTasks, LoadingCommand, ResetTasks
from composelib.errors import ConfigError


class WholeComposeCommand(LoadingCommand):
    """A command of doit's on the tasks that it names, which `arches=` and `variants=` do not narrow."""

    def execute(self, params: Any, args: list[str]) -> Any:
        """Run the command. Raise ConfigError for a part of the compose: it would be ignored."""
        for name in ("arches", "variants"):
            if names(name):
                raise ConfigError(f"{name}=: has no effect on 'doit {self.name}'", "name the tasks")
        return super().execute(params, args)


class List(WholeComposeCommand, ListTasks):
    """`doit list`."""


class Forget(WholeComposeCommand, ForgetTasks):
    """`doit forget`: without names, all."""

    def execute(self, params: Any, args: list[str]) -> Any:
        """Forget what is named."""
        params["forget_all"] = params["forget_all"] or not args
        return super().execute(params, args)


class Ignore(WholeComposeCommand, IgnoreTasks):
    """`doit ignore`."""


class ResetDep(WholeComposeCommand, ResetTasks):
    """`doit reset-dep`."""
