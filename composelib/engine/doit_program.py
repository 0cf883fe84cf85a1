"""doit as a program of ours: with our commands and none of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import doit.doit_cmd
from doit.cmd_base import DodoTaskLoader, NamespaceTaskLoader
from doit.doit_cmd import DoitMain

import composelib.engine.collector
import composelib.engine.doit_commands  # noqa: F401 - shows composelib/dodo.py that the commands are ours
from composelib.engine.doit_help import UsageHelp
from composelib.engine.exit_status import run_action
from composelib.engine.usage import refuse_empty_words
from composelib.program import INSTALLED, PROGRAM, VERSION


class TaskModuleLoader(NamespaceTaskLoader):
    """Loads the tasks of a module when a command asks for them; it has none of the options of doit's own loaders."""

    def __init__(self, load_module: Callable[[], Any]) -> None:
        super().__init__()
        self.load_module = load_module

    def setup(self, opt_values: Mapping[str, Any]) -> None:
        """Load the module."""
        del opt_values
        self.namespace = dict(vars(self.load_module()))


class CheckoutLoader(DodoTaskLoader):
    """doit's own loader of a dodo.py, for `doit` in a checkout: pyproject.toml names it.

    doit answers `--help` and `--version` itself, before it loads anything else of ours: here it learns how.
    """

    def __init__(self) -> None:
        super().__init__()
        status = run_action(lambda: refuse_empty_words(sys.argv[1:]))
        if status:
            sys.exit(status)
        doit.doit_cmd.Help = UsageHelp
        DoitMain.print_version = staticmethod(print_version)


def print_version() -> None:
    """Print our version."""
    print(f"{INSTALLED} {VERSION}")


class DebCompose(DoitMain):
    """doit with our commands."""

    DOIT_CMDS = ()
    BIN_NAME = PROGRAM


def run_program(words: list[str], commands: Mapping[str, str], load_module: Callable[[], Any]) -> int:
    """Run a command line, with the class of each command as `MODULE:CLASS`; return the exit status."""
    words = ["help"] if words[:1] == ["--help"] else words
    status: int = DebCompose(TaskModuleLoader(load_module), (), {"COMMAND": commands}).run(words)
    return status
