"""The stages of a compose: every module here is one, and its `tasks(compose)` returns its tasks. No list names them.

A stage whose work depends on which files the others make has `tasks_from(compose, planned)` instead: `planned` are the
tasks of all stages that have `tasks`. The stage `release` is one: it lists every output below a suite's folder in the
suite's Release file, whichever stage makes it. `checksum` lists those that no Release file names.

Only stages that can have tasks are imported: one that the image kinds name, and none that this compose has, has none.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from composelib.task import Stage

if TYPE_CHECKING:  # this is imported with every stage, by processes that only work, too
    from composelib.model.compose import Compose
    from composelib.model.image_traits import Image


def stages(compose: Compose) -> Iterator[Stage]:
    """Yield every stage with its tasks for this compose, in the order of their names; read no file of the compose."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    unused = find_unused(compose)
    modules = {name: import_module(f"{__name__}.{name}") for name in names if name not in unused}
    tasks = {name: module.tasks(compose) for name, module in modules.items() if hasattr(module, "tasks")}
    others = [task for planned in tasks.values() for task in planned]
    for name in names:
        if name in unused:
            yield Stage(name, read_summary_of_file(name), (), f"{__name__}.{name}")
        else:
            planned = tasks[name] if name in tasks else modules[name].tasks_from(compose, others)
            yield Stage(name, read_summary(modules[name]), planned, modules[name].__name__)


BUILDING = frozenset({"source", "buildorder", "builddeps", "chroot", "build", "lint", "testdeps", "autopkgtest"})
"""The stages that have tasks only if the compose builds packages."""


def find_unused(compose: Compose) -> set[str]:
    """Return the stages that make images of kinds which this compose does not have, or build packages which it does not."""
    from composelib.model.image import IMAGE_KINDS
    from composelib.model.keys.declaration import METADATA

    kinds = {type(image) for variant in compose.variants for image in variant.images}
    keys = [field.metadata.get(METADATA) for kind in kinds for field in fields(kind)]
    building = set() if any(archive.build for archive in compose.archives) else BUILDING
    return (list_stages_of(IMAGE_KINDS) - list_stages_of(kinds) - {key.stage for key in keys if key}) | building


def list_stages_of(kinds: Iterable[type[Image]]) -> set[str]:
    """Return the stages that make images of these kinds."""
    from composelib.model.image_traits import DerivedImage

    names = {name for kind in kinds for name in kind.stages}
    return names | {name for kind in kinds if issubclass(kind, DerivedImage) for name in kind.derived_stages}


def read_summary(module: ModuleType) -> str:
    """Return the first line of a module's docstring."""
    return (module.__doc__ or "").strip().partition("\n")[0]


def read_summary_of_file(name: str) -> str:
    """Return the first line of the docstring of a stage that is not imported."""
    with Path(__path__[0], f"{name}.py").open() as stream:
        return stream.readline().strip().strip('"')
