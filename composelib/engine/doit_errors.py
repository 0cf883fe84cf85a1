"""What doit raises when its command line is wrong, and how to explain that to the user."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from doit.cmdparse import CmdParseError
from doit.exceptions import InvalidCommand

from composelib.errors import ConfigError
from composelib.program import PROGRAM

WORDS = {
    r"option (\S+) not recognized.*": r"\1: there is no such option",
    r"option (\S+) requires argument": r"\1: a value has to follow",
    r"option (\S+) not a unique prefix": r"\1: begins more than one option",
    r"invalid literal for int\(\) with base 10: (.*)": r"\1 is no whole number",
}
"""What Python's getopt and int() say, and how we say it."""


@contextmanager
def explain_options(command: str) -> Iterator[None]:
    """Raise ConfigError, in plain words, if doit finds an option of the command wrong in the block."""
    try:
        yield
    except CmdParseError as error:
        raise ConfigError(
            f"{PROGRAM} {command}: {explain_parse_error(error)}", f"`{PROGRAM} help {command}` lists its options"
        ) from error


def explain_parse_error(error: CmdParseError) -> str:
    """Return what is wrong with an option, without the details of doit's parser."""
    reason = str(error.__context__ or error)
    for pattern, words in WORDS.items():
        reason = re.sub(pattern, words, reason, flags=re.DOTALL)
    parameter = re.match(r"Error parsing parameter '(\w+)'", str(error))
    return f"--{parameter[1]}: {reason}" if parameter else reason


def explain_wrong_call(error: Exception) -> str:
    """Return what is wrong with the call of a command of doit's own; empty for any other error."""
    if not isinstance(error, InvalidCommand):
        return ""
    return f"{str(error).strip().rstrip('.')}; see `{PROGRAM} list --all`"
