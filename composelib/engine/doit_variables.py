"""The variables of doit's command line: `doit compose=NAME build=DIR`."""

from __future__ import annotations

import sys
from collections import Counter


def command_line_variables() -> dict[str, str]:
    """Return the variables that the user typed; none if doit was not started from a command line."""
    doit_cmd = sys.modules.get("doit.doit_cmd")
    return dict(getattr(doit_cmd, "_CMDLINE_VARS", None) or {})  # doit has no other way to ask


def read_variable(name: str, default: str = "") -> str:
    """Return a variable's value, or the default if the user did not type it."""
    return command_line_variables().get(name, default)


def list_repeated_variables() -> list[str]:
    """Return the names of the variables that the user typed more than once: doit knows only the last value of each."""
    names = Counter(word.partition("=")[0] for word in sys.argv[1:] if "=" in word and not word.startswith("-"))
    return [name for name in command_line_variables() if names[name] > 1]
