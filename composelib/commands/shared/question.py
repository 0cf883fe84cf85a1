"""A command that answers a question and runs no task: what such commands have in common."""

from __future__ import annotations

import sys
import traceback
from typing import Any

from doit.cmd_base import Command
from doit.cmdparse import CmdParseError

from composelib.commands import names, told
from composelib.engine.child_process import OWN_BUG
from composelib.engine.exit_status import helped
from composelib.errors import ConfigError

Options = dict[str, Any]


class Question(Command):
    """Subclasses have `answer`; options may stand after words, and every fault of the call is told in a line."""

    narrows = False
    """Whether `arches=` and `variants=` say something to it."""

    def parse_execute(self, in_args: list[str]) -> int:
        """Read the command line and answer; gives the exit status."""
        if helped(self, in_args):
            return 0
        try:
            return told(lambda: self.answer_part(*self.words(in_args)))
        except Exception as error:  # noqa: BLE001 - the user gets a line, whatever it is
            traceback.print_exc()
            print(
                f"error: internal error: {type(error).__name__}: {error}; this is a bug, please report it",
                file=sys.stderr,
            )
            return OWN_BUG

    def answer_part(self, options: Options, words: list[str]) -> int:
        """Print the answer; gives the exit status. Raise ConfigError for a part of the compose that it has no use for."""
        for name in ("arches", "variants"):
            if names(name) and not self.narrows:
                raise ConfigError(f"{name}=: says nothing to 'doit {self.name}', which is about the whole compose")
        return self.answer(options, words)

    def answer(self, options: Options, words: list[str]) -> int:
        """Print the answer; gives the exit status. Raise ComposeError."""
        raise NotImplementedError

    def words(self, line: list[str]) -> tuple[Options, list[str]]:
        """Return options from words. Raise ConfigError for an option that is none."""
        options: Options = {option.name: option.default for option in self.cmdparser.options}
        words: list[str] = []
        while line:
            try:
                options, line = self.cmdparser.parse_only(line, options)
            except CmdParseError as error:
                raise ConfigError(f"doit {self.name}: {error.__context__}", f"doit help {self.name}") from error
            words, line = words + line[:1], line[1:]
        return options, words
