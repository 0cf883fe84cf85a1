"""Unpacked source trees as values."""

from __future__ import annotations

from pathlib import Path

from composelib.dataclass import dataclass


@dataclass(frozen=True)
class SourceTree:
    """An unpacked source tree, as it is when the config is read."""

    path: Path
    source: str
    """The source package that its debian/changelog is of."""
    inside: tuple[Path, ...]
    """Its regular files, sorted, without those of version control and what builds leave behind."""
    links: tuple[tuple[str, str], ...] = ()
    """The names and targets of its links; all names here are relative to the tree, and sorted."""
    programs: tuple[str, ...] = ()
    """The names of its executable files."""
    folders: tuple[str, ...] = ()
    """The names of its folders."""
    upstream: tuple[Path, ...] = ()
    """The upstream tarballs beside it."""
