"""The stages of a compose: every module here is one, and its `tasks(compose)` returns its tasks. No list names them.

A stage whose work depends on which files the others make has `tasks_from(compose, outputs)` instead: `outputs` are the
outputs of all stages that have `tasks`. The stage `release` is one: it lists every output below a suite's folder in the
suite's Release file, whichever stage makes it.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from composelib.model.compose import Compose
from composelib.task import Stage


def stages(compose: Compose) -> Iterator[Stage]:
    """Yield every stage with its tasks for this compose, in the order of their names; read no file of the compose."""
    modules = {module.name: import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)}
    tasks = {name: module.tasks(compose) for name, module in modules.items() if hasattr(module, "tasks")}
    outputs = [path for planned in tasks.values() for task in planned for path in task.outputs]
    for name, module in modules.items():
        planned = tasks[name] if name in tasks else module.tasks_from(compose, outputs)
        yield Stage(name, read_summary(module), planned, module.__name__)


def read_summary(module: ModuleType) -> str:
    """Return the first line of a module's docstring."""
    return (module.__doc__ or "").strip().partition("\n")[0]
