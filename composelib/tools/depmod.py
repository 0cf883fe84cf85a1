"""depmod: which kernel modules need which others."""

from __future__ import annotations

from pathlib import Path


def depmod(root: Path, version: str) -> list[str]:
    """Return the command that lists the dependencies of a kernel's modules below a root (depmod(8))."""
    return ["depmod", "--basedir", str(root), version]
