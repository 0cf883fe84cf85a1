"""Unpacked source trees as values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SourceTree:
    """An unpacked source tree, as it is when the config is read."""

    path: Path
    source: str
    """The source package that its debian/changelog is of."""
    inside: tuple[Path, ...]
    """Its regular files, sorted, without those of version control and what builds leave behind."""
    shape: str
    """Its links, with their targets, and its executable files, as a text to compare."""
    upstream: tuple[Path, ...] = ()
    """The upstream tarballs beside it."""
