"""An archive's packages as `pkgset` leaves them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.dataclass import dataclass

if TYPE_CHECKING:  # a process that only chooses loads no model
    from composelib.model.archive import Archive
    from composelib.model.compose import Compose


@dataclass(frozen=True)
class IndexedArchive:
    """An archive's stanzas and their index, its priority, and whether it is a lookaside."""

    archive: str
    priority: int | None
    lookaside: bool
    stanzas: Path
    index: Path
    suites: tuple[str, ...] = ()
    """The archive's suites, if pins may name them."""


def list_indexed_archives(compose: Compose, archives: Iterable[Archive], arch: str) -> Iterator[IndexedArchive]:
    """Yield what archives have for an arch, or for `source`."""
    for archive in archives:
        if archive.has_packages_for(arch):
            stanzas, index = compose.paths.pkgset(archive, arch), compose.paths.pkgset_index(archive, arch)
            yield IndexedArchive(archive.name, archive.priority, archive.lookaside, stanzas, index)


def list_unbuilt(compose: Compose, arch: str) -> Iterator[IndexedArchive]:
    """Yield what the archives have for an arch that the compose does not build itself."""
    return list_indexed_archives(compose, (archive for archive in compose.archives if not archive.build), arch)
