"""The stages of a compose, one a module: its `tasks(compose)` says what it makes. They are found, not listed."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from composelib.model.compose import Compose
from composelib.task import Stage


def stages(compose: Compose) -> Iterator[Stage]:
    """Give every stage with its tasks for this compose, in the order of their names; reads no file of the compose."""
    for found in pkgutil.iter_modules(__path__):
        module = import_module(f"{__name__}.{found.name}")
        yield Stage(found.name, summary(module), module.tasks(compose), module.__name__)


def summary(module: ModuleType) -> str:
    """Give the first line of a module's docstring."""
    return (module.__doc__ or "").strip().partition("\n")[0]
