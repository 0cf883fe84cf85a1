"""The archives that may have debian-installer, and the files that were chosen from one of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.archive import ArchiveAccess

NETWORK_FOLDER = "debian-installer"
"""The folder in a netboot tree that has the files which firmware loads."""


@dataclass(frozen=True)
class InstallerArchive:
    """An archive that may have debian-installer."""

    name: str
    access: ArchiveAccess
    suites: tuple[str, ...]
    components: tuple[str, ...]
    release_files: tuple[Path, ...]
    """The verified text of each suite's Release file."""
    signatures: Path
    """JSON: each suite as `inrelease` accepted it."""
    packages: Path
    """The stanzas of its packages for the installer's arch."""


@dataclass(frozen=True)
class Installer:
    """The files of an installer, in the store."""

    kind: str
    """`images` if they are the archive's own, `package` if they come from a package that has those for the network."""
    files: Mapping[str, str]
    """The SHA256 of each file, by its name."""
