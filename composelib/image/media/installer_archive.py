"""Which archives debian-installer may come from, and what of it was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NETWORK_FOLDER = "debian-installer"
"""The folder of a netboot tree that firmware is told to load from."""


@dataclass(frozen=True)
class InstallerArchive:
    """An archive that may have debian-installer."""

    name: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    release_files: tuple[Path, ...]
    """The verified text of each suite's Release file."""
    signatures: Path
    """What each suite was accepted as."""
    packages: Path
    """The stanzas of its packages for the installer's arch."""


@dataclass(frozen=True)
class Installer:
    """The files of an installer, in the store."""

    kind: str
    """`images` of the archive, or a `package` that has those for the network."""
    files: Mapping[str, str]
    """SHA256 by name."""
