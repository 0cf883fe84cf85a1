"""The base of commands that answer a question and run no task."""

from __future__ import annotations

import sys

from composelib.commands.shared.command_line import read_names
from composelib.engine.doit_commands import Options, WordsCommand, print_help
from composelib.engine.exit_status import run_action
from composelib.errors import ConfigError
from composelib.program import PROGRAM
from composelib.text.escape import escaped_output


class Question(WordsCommand):
    """A command that answers a question; options may follow words, and every error is printed in one line."""

    narrows = False
    """Whether `arches=` and `variants=` narrow it."""

    def parse_execute(self, in_args: list[str]) -> int:
        """Parse the command line and answer; return the exit status."""
        if print_help(self, in_args):
            return 0
        with escaped_output(sys.stdout, sys.stderr):
            return run_action(lambda: self.answer_whole(*self.parse_words(in_args)))

    def answer_whole(self, options: Options, words: list[str]) -> int:
        """Answer; raise ConfigError if the command line narrows the compose and the command cannot be narrowed."""
        for name in ("arches", "variants"):
            if read_names(name) and not self.narrows:
                raise ConfigError(
                    f"{name}=: has no effect on '{PROGRAM} {self.name}', which is about the whole compose",
                    "leave it out",
                )
        return self.answer(options, words)

    def answer(self, options: Options, words: list[str]) -> int:
        """Print the answer and return the exit status; subclasses define it. Raise ComposeError."""
        raise NotImplementedError
