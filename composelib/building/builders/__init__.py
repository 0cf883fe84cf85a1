"""The builders of packages, one a module, which has `build_binaries`. A new builder is a new module here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from composelib.building.build_job import BuildJob


class PackageBuilder(Protocol):
    """The interface of a builder's module."""

    def build_binaries(self, job: BuildJob, results: Path) -> None:
        """Build a source package; leave what was built in the folder `results`. Raise ToolError if the build fails."""


def load_builder(name: str) -> PackageBuilder:
    """Return a builder's module."""
    from composelib.building.builders import native, sbuild  # noqa: PLC0415 - only one that builds needs them

    return {"native": native, "sbuild": sbuild}[name]
