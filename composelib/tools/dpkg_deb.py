"""dpkg-deb: the two tars that a .deb consists of."""

from __future__ import annotations

from pathlib import Path

PACKAGE = "dpkg"


def files(deb: Path) -> list[str]:
    """Give the command that prints the tar of a package's files (dpkg-deb(1))."""
    return ["dpkg-deb", "--fsys-tarfile", str(deb)]


def control(deb: Path) -> list[str]:
    """Give the command that prints the tar of a package's control files."""
    return ["dpkg-deb", "--ctrl-tarfile", str(deb)]
