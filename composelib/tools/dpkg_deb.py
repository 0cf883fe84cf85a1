"""dpkg-deb(1): the control stanza and the two tars of a .deb."""

from __future__ import annotations

from pathlib import Path


def print_control(deb: Path) -> list[str]:
    """Return the command that prints the control stanza of a .deb."""
    return ["dpkg-deb", "--field", str(deb.absolute())]


def print_files_tar(deb: Path) -> list[str]:
    """Return the command that prints the tar of a package's files (dpkg-deb(1))."""
    return ["dpkg-deb", "--fsys-tarfile", str(deb)]


def print_control_tar(deb: Path) -> list[str]:
    """Return the command that prints the tar of a package's control files."""
    return ["dpkg-deb", "--ctrl-tarfile", str(deb)]


def build_package(tree: Path, deb: Path) -> list[str]:
    """Return the command that makes a .deb of a folder; its bytes depend on the folder and SOURCE_DATE_EPOCH alone."""
    return ["dpkg-deb", "--root-owner-group", "--uniform-compression", "-Zgzip", "--build", str(tree), str(deb)]
