"""A command that answers a question and runs no task: what such commands have in common."""

from __future__ import annotations

import sys
import traceback

from composelib.commands import names, told
from composelib.engine.child_process import OWN_BUG
from composelib.engine.doit_commands import Options, WordsCommand, print_help
from composelib.errors import ConfigError


class Question(WordsCommand):
    """Subclasses have `answer`; options may stand after words, and every fault of the call is told in a line."""

    narrows = False
    """Whether `arches=` and `variants=` say something to it."""

    def parse_execute(self, in_args: list[str]) -> int:
        """Read the command line and answer; gives the exit status."""
        if print_help(self, in_args):
            return 0
        try:
            return told(lambda: self.answer_part(*self.parse_words(in_args)))
        except Exception as error:  # noqa: BLE001 - the user gets a line, whatever it is
            traceback.print_exc()
            print(
                f"error: internal error: {type(error).__name__}: {error}; this is a bug, please report it",
                file=sys.stderr,
            )
            return OWN_BUG

    def answer_part(self, options: Options, words: list[str]) -> int:
        """Print the answer; gives the exit status. Raises ConfigError for a part of the compose that it has no use for."""
        for name in ("arches", "variants"):
            if names(name) and not self.narrows:
                raise ConfigError(f"{name}=: has no effect on 'doit {self.name}', which is about the whole compose")
        return self.answer(options, words)

    def answer(self, options: Options, words: list[str]) -> int:
        """Print the answer; gives the exit status. Raises ComposeError."""
        raise NotImplementedError
