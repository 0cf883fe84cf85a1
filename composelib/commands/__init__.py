"""The commands beside the tasks, one a module: doit plan, why, check and so on."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from composelib.config import load
from composelib.engine.doit_variables import command_line_variables, read_variable
from composelib.errors import ComposeError, ConfigError
from composelib.model.compose import Compose

Value = TypeVar("Value")
VARIABLES = ("compose", "build", "offline", "locked", "arches", "variants")


def current_compose() -> Compose:
    """Load the compose that the command line names: `compose=NAME`, a file of composes/ or a path; `demo` without.

    Raise ConfigError for a config that is wrong, a config that is not there and a variable that is none of ours.
    """
    for name in command_line_variables():
        if name not in VARIABLES:
            close = difflib.get_close_matches(name, VARIABLES, 1)
            raise ConfigError(
                f"{name}=: no such variable",
                f"did you mean '{close[0]}='?" if close else f"there are {', '.join(VARIABLES)}",
            )
    return load(
        config_path(read_variable("compose", "demo")),
        build=build_folder(read_variable("build", "build")),
        offline=flag("offline"),
        locked=flag("locked"),
        arches=names("arches"),
        variants=names("variants"),
    )


def config_path(name: str) -> Path:
    """Return the path of a compose's config: `demo` is composes/demo.yaml, what looks like a path is one."""
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return Path(name)
    return Path("composes", f"{name}.yaml")


def build_folder(name: str) -> Path:
    """Return the path of the build folder; one that begins with `-` in full, as programs would take it for an option."""
    return Path(name).absolute() if name.startswith("-") else Path(name)


def flag(name: str) -> bool:
    """Read a switch of the command line: `offline=1`."""
    value = read_variable(name, "0")
    if value not in {"0", "1"}:
        raise ConfigError(f"{name}={value}: is 0 or 1")
    return value == "1"


def names(name: str) -> tuple[str, ...]:
    """Read a list of names of the command line: `arches=amd64,arm64`."""
    return tuple(word for word in read_variable(name).split(",") if word)


def told(action: Callable[[], int]) -> int:
    """Run a command's action; an error is told in its line. Gives the exit status."""
    try:
        status = action()
        sys.stdout.flush()
    except ComposeError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.status
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def or_exit(action: Callable[[], Value]) -> Value:
    """Return an action's value; an error is told in its line and ends the program with its status."""
    try:
        return action()
    except ComposeError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.status)
