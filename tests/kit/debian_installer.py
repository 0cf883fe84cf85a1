"""Debian's own installer, whole and of one release, from the mirror that this machine's apt uses."""

from __future__ import annotations

import hashlib
import subprocess
import urllib.request
from pathlib import Path

from tests.kit.real_packages import find_mirror
from tests.kit.stub_installer import INSTALLER
from tests.kit.tiny_archive import TinyArchive, paragraph

SUITE = "trixie"
LISTED = Path(__file__).with_suffix(".txt")
"""The udebs that install onto a disk of one ext4 partition, and the netboot package whose kernel they are for.

Each is listed with its SHA256, as installer 20250803+deb13u6 has it: mirrors drop single udebs of later installers, and
an installer's kernel, modules and libraries have to be of one state of the archive.
"""


def components() -> tuple[str, ...]:
    """Return the components of an archive that has the installer."""
    return ("main", INSTALLER)


def fill(archive: TinyArchive, cache: Path) -> None:
    """Put the installer into an archive (without publishing it); `cache` is kept between runs."""
    for line in LISTED.read_text().splitlines():
        sha256, path = line.split()
        target = archive.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.hardlink_to(download(path, sha256, cache))
        component = INSTALLER if path.endswith(".udeb") else "main"
        archive.stanzas.setdefault((component, "amd64"), []).append(stanza(target, path, sha256))


def download(path: str, sha256: str, cache: Path) -> Path:
    """Return a file of the mirror, from the cache if it is there; AssertionError if its SHA256 is not the listed one."""
    target = cache / sha256
    if not target.exists():
        with urllib.request.urlopen(f"{find_mirror()}/{path}") as answer:  # noqa: S310 - the mirror of this machine's apt
            content = answer.read()
        assert hashlib.sha256(content).hexdigest() == sha256, path
        cache.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return target


def stanza(package: Path, path: str, sha256: str) -> str:
    """Return a package's stanza in an index."""
    control = subprocess.run(["dpkg-deb", "--field", package], capture_output=True, text=True, check=True).stdout
    return control + paragraph({"Filename": path, "Size": str(package.stat().st_size), "SHA256": sha256})
