"""An archive's packages as `pkgset` leaves them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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
