"""The command line: the compose that it names, its variables, and errors in one line."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from composelib.config import load
from composelib.engine.doit_variables import command_line_variables, list_repeated_variables, read_variable
from composelib.errors import ComposeError, ConfigError
from composelib.model.compose import Compose
from composelib.program import PROGRAM

Value = TypeVar("Value")
VARIABLES = ("compose", "build", "offline", "locked", "arches", "variants")


def load_current_compose() -> Compose:
    """Load the compose that the command line names: `compose=NAME`, a file of composes/, or a path; `demo` by default.

    Raise ConfigError for an invalid or missing config, for an unknown variable, and for a lock that is not there.
    """
    for name, value in command_line_variables().items():
        if name not in VARIABLES:
            import difflib  # noqa: PLC0415 - only after a typing error

            similar = difflib.get_close_matches(name, VARIABLES, 1)
            raise ConfigError(
                f"{name}=: there is no such variable",
                f"did you mean '{similar[0]}='?" if similar else f"there are {', '.join(VARIABLES)}",
            )
        if not value:
            raise ConfigError(f"{name}=: it has no value", "give it one, or leave it out")
    for name in list_repeated_variables():
        raise ConfigError(f"{name}=: it is given twice", "give it once")
    compose = load(
        get_config_path(read_variable("compose", "demo")),
        build=get_build_folder(read_variable("build", "build")),
        offline=read_flag("offline"),
        locked=read_flag("locked"),
        arches=read_names("arches"),
        variants=read_names("variants"),
    )
    if compose.locked and not compose.paths.lock.exists():
        raise ConfigError(
            f"locked=1: there is no {compose.paths.lock}",
            f"`{format_call(compose, 'lock')}` records the archives' states",
        )
    return compose


def get_config_path(name: str) -> Path:
    """Return the path of a compose's config: `demo` is composes/demo.yaml; what looks like a path is one."""
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return Path(name)
    return Path("composes", f"{name}.yaml")


def format_call(compose: Compose, *words: str) -> str:
    """Return a command line about a compose and its build folder, for hints: `doit compose=demo gather`."""
    name = compose.name if get_config_path(compose.name) == compose.config else compose.config
    build = () if compose.build == Path("build") else (f"build={compose.build}",)
    return shlex.join((PROGRAM, f"compose={name}", *build, *words))


def get_build_folder(name: str) -> Path:
    """Return the path of the build folder, absolute if it begins with `-`, which programs would take for an option."""
    return Path(name).absolute() if name.startswith("-") else Path(name)


def read_flag(name: str) -> bool:
    """Read a switch of the command line: `offline=1`. Raise ConfigError for other values than 0 and 1."""
    value = read_variable(name, "0")
    if value not in {"0", "1"}:
        raise ConfigError(f"{name}={value}: must be 0 or 1", f"write {name}=1, or leave it out")
    return value == "1"


def read_names(name: str) -> tuple[str, ...]:
    """Read a list of names of the command line: `arches=amd64,arm64`."""
    return tuple(word for word in read_variable(name).split(",") if word)


def exit_on_error(action: Callable[[], Value]) -> Value:
    """Run an action and return its value; print an error in one line and exit with the error's status."""
    try:
        return action()
    except ComposeError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.status)
