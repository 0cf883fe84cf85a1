"""Base classes of our commands: doit's own, with our exit statuses and one line for an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doit import cmd_clean, cmd_forget, cmd_ignore, cmd_list, cmd_resetdep
from doit.cmd_base import Command, DoitCmdBase
from doit.cmd_run import opt_always, opt_num_process, opt_single

from composelib.engine.doit_errors import explain_options
from composelib.engine.doit_state import State
from composelib.engine.exit_status import run_action
from composelib.model.compose import Compose

Options = dict[str, Any]

ALWAYS = opt_always | {"help": "run the tasks even if they are up to date"}
SLOTS = opt_num_process | {"name": "process", "help": "tasks at a time [default: one for each processor]"}
SINGLE = opt_single | {"help": "run only the tasks named, not those that they need"}


class PlainCommand(Command):
    """A command of ours: what doit's help says of options in doit's own config files is left out, as there are none."""

    @classmethod
    def get_name(cls) -> str:
        """Return the name that is typed: unless the class has one, its own, `reset-dep` for ResetDepCommand."""
        name: str = cls.name or re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__.removesuffix("Command")).lower()
        return name

    def help(self) -> str:
        """Return the command's help."""
        return re.sub(r"\s+\(config:\s+\w+\)", "", super().help())


class WordsCommand(PlainCommand):
    """A command that loads no tasks; its options may stand after its words."""

    def parse_words(self, line: list[str]) -> tuple[Options, list[str]]:
        """Separate options from words. Raise ConfigError for an unknown option."""
        options: Options = {option.name: option.default for option in self.cmdparser.options}
        words: list[str] = []
        while line:
            with explain_options(self.name):
                options, line = self.cmdparser.parse_only(line, options)
            words, line = words + line[:1], line[1:]
        return options, words


class LoadingCommand(PlainCommand, DoitCmdBase):
    """A command that loads the tasks: an error is one line, and the exit status shows its kind."""

    base_options = tuple({**option, "short": "", "long": ""} for option in DoitCmdBase.base_options)
    """doit's choice of a database, which is not the user's here: values that no option sets."""

    def parse_execute(self, in_args: list[str]) -> int:
        """Read the command line, load the tasks and run the command; return the exit status."""
        if print_help(self, in_args):
            return 0

        def follow() -> int:
            with explain_options(self.name):
                status: int = super(LoadingCommand, self).parse_execute(in_args)
            return status

        return run_action(follow, self.find_crash_log)

    def find_crash_log(self) -> Path | None:
        """Return the file for the traceback of a bug of ours, None for a new temporary one."""
        return None

    @property
    def compose(self) -> Compose:
        """The compose that dodo.py loaded."""
        compose: Compose = self.loader.namespace["compose"]
        return compose

    @property
    def state(self) -> State:
        """The records of the compose's tasks."""
        state: State = self.dep_manager
        return state


class TaskCommand(LoadingCommand):
    """A command of ours on the loaded tasks; subclasses implement `answer`."""

    options: Mapping[str, Any]

    def execute(self, params: Any, args: list[str]) -> Any:
        """Load the tasks, then call `answer`."""
        self.options = params
        return super().execute(params, args)

    def _execute(self, pos_args: list[str]) -> int:
        """Call `answer`; doit recognizes the parameter by its name."""
        return self.answer(self.options, pos_args)

    def answer(self, options: Mapping[str, Any], words: list[str]) -> int:
        """Do what the command is for; return the exit status. Raise ComposeError."""
        raise NotImplementedError


class ListTasks(LoadingCommand, cmd_list.List):
    """doit's `list`."""


class ForgetTasks(LoadingCommand, cmd_forget.Forget):
    """doit's `forget`."""


class IgnoreTasks(LoadingCommand, cmd_ignore.Ignore):
    """doit's `ignore`."""


class CleanTasks(LoadingCommand, cmd_clean.Clean):
    """doit's `clean`, which chooses the tasks; subclasses implement `clean_tasks`."""


class ResetTasks(LoadingCommand, cmd_resetdep.ResetDep):
    """doit's `reset-dep`, which records every output as up to date, with the lock taken first."""

    def _execute(self, pos_args: list[str] | None = None) -> None:
        """Record everything as it is; doit recognizes the parameter by its name."""
        self.state.hold()
        super()._execute(pos_args)


def print_help(command: Any, words: list[str]) -> bool:
    """Print a command's help if `--help` is one of its words; return whether it is."""
    if "--help" in words:
        run_action(lambda: print(command.help()))
    return "--help" in words
