"""The builders of root file systems, one a module: its CAPABILITIES, and `build`, which makes a root's tar.

A new builder is a new module here. CAPABILITIES are read whenever tasks are listed or a config is checked, so a module
imports little at its top, and what only `build` needs inside functions.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:  # most composes have no root
    from composelib.image.root.builder import BuilderCapabilities, RootJob

DEFAULT = "native"


class BuilderModule(Protocol):
    """The interface of a builder's module."""

    CAPABILITIES: BuilderCapabilities
    build: Callable[[RootJob, Path], None]
    """Write a root file system as a tar to a path; raise ComposeError if it cannot be made."""


def list_builders() -> tuple[str, ...]:
    """Return the names of all builders, the default first."""
    return tuple(sorted(load_all(), key=lambda name: (name != DEFAULT, name)))


def read_capabilities(name: str) -> BuilderCapabilities:
    """Return what a builder can make."""
    return load(name).CAPABILITIES


def load(name: str) -> BuilderModule:
    """Return a builder's module."""
    return load_all()[name]


@cache
def load_all() -> dict[str, BuilderModule]:
    """Import the builders and return their modules by the builders' names."""
    names = (info.name for info in pkgutil.iter_modules(__path__))
    modules = (cast("BuilderModule", import_module(f"{__name__}.{name}")) for name in names)
    return {module.CAPABILITIES.name: module for module in modules}
