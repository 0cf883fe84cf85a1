"""doit's own commands on tasks and records, with our lock, our exit statuses and one line for an error."""

from __future__ import annotations

from typing import Any

from doit import cmd_forget, cmd_ignore, cmd_list, cmd_resetdep
from doit.cmd_base import DoitCmdBase

from composelib.commands import names
from composelib.engine.exit_status import exit_status, helped
from composelib.errors import ConfigError


class Told(DoitCmdBase):
    """A command of doit's whose errors are told as ours are; which tasks it is about, their names alone say."""

    def parse_execute(self, in_args: list[str]) -> int:
        """Read the command line and do it; gives the exit status."""
        return 0 if helped(self, in_args) else exit_status(lambda: super(Told, self).parse_execute(in_args))

    def execute(self, params: Any, args: list[str]) -> Any:
        """Do it. Raise ConfigError for a part of the compose: it would not be heeded."""
        for name in ("arches", "variants"):
            if names(name):
                raise ConfigError(f"{name}=: says nothing to 'doit {self.name}'", "name the tasks")
        return super().execute(params, args)


class List(Told, cmd_list.List):
    """`doit list`."""


class Forget(Told, cmd_forget.Forget):
    """`doit forget`: without names, all."""

    def execute(self, params: Any, args: list[str]) -> Any:
        """Forget what is named."""
        params["forget_all"] = params["forget_all"] or not args
        return super().execute(params, args)


class Ignore(Told, cmd_ignore.Ignore):
    """`doit ignore`."""


class ResetDep(Told, cmd_resetdep.ResetDep):
    """`doit reset-dep`: takes what stands for right, so it looks only when nobody is at work."""

    def _execute(self, pos_args: list[str] | None = None) -> None:
        """Record everything as it is; doit finds the parameters by their names."""
        self.dep_manager.hold()
        super()._execute(pos_args)
