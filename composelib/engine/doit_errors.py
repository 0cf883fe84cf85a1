"""What doit raises when its command line is wrong, and how to explain that to the user."""

from __future__ import annotations

import re

from doit.cmdparse import CmdParseError
from doit.exceptions import InvalidCommand

from composelib.program import PROGRAM


def is_wrong_call(error: Exception) -> bool:
    """Return whether doit raised the error because of what the user typed."""
    return isinstance(error, (CmdParseError, InvalidCommand))


def describe_wrong_option(error: Exception) -> str:
    """Explain what is wrong with an option, without the details of doit's parser; empty for any other error."""
    if not isinstance(error, CmdParseError):
        return ""
    return f"{explain_parse_error(error)}; `{PROGRAM} help COMMAND` lists a command's options"


def explain_parse_error(error: CmdParseError) -> str:
    """Return what is wrong with an option, in plain words."""
    parameter = re.match(r"Error parsing parameter '(\w+)'", str(error))
    reason = str(error.__context__ or error)
    if parameter:
        number = re.match(r"invalid literal for int\(\) with base 10: (.*)", reason)
        reason = f"--{parameter[1]}: {f'{number[1]} is no whole number' if number else reason}"
    return reason
