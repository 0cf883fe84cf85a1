"""The stages of a compose, one a module: its `tasks(compose)` says what it makes. They are found, not listed."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from composelib.model.compose import Compose
from composelib.task import Stage

PACKAGE = "composelib"


def stages(compose: Compose) -> Iterator[Stage]:
    """Give every stage with its tasks for this compose, in the order of their names; reads no file of the compose."""
    for found in pkgutil.iter_modules(__path__):
        module = import_module(f"{__name__}.{found.name}")
        yield Stage(found.name, summary(module), module.tasks(compose), sources(module))


def summary(module: ModuleType) -> str:
    """Give the first line of a module's docstring."""
    return (module.__doc__ or "").strip().partition("\n")[0]


@cache
def sources(module: ModuleType) -> tuple[Path, ...]:
    """Give a module's source file and those of all modules of this program that it uses, sorted.

    What is used is read off the module's names: modules themselves, and the homes of functions and classes.
    """
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        current = waiting.pop()
        if current.__name__ in found or not current.__file__:
            continue
        found[current.__name__] = Path(current.__file__)
        waiting += used_modules(current)
    return tuple(sorted(found.values()))


def used_modules(module: ModuleType) -> list[ModuleType]:
    """Give the modules of this program whose names a module holds."""
    homes = {
        value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
        for value in vars(module).values()
    }
    return [
        sys.modules[home]
        for home in homes
        if isinstance(home, str) and home.startswith(f"{PACKAGE}.") and home in sys.modules
    ]
