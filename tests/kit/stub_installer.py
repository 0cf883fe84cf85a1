"""A Debian installer without content, for tests that do not start it."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from composelib.archive.choose.debian_installer import BASE, UDEBS
from tests.kit.tiny_archive import TinyArchive

INSTALLER = "main/debian-installer"
PACKAGES = (*BASE, "linux-image-amd64", "grub-pc")
PRESEED = """\
d-i debian-installer/locale string en_US.UTF-8
d-i keyboard-configuration/xkb-keymap select us
"""


def add_parts(archive: TinyArchive) -> dict[str, str]:
    """Add all packages that an installing medium needs, without content; return the component of each udeb."""
    for name in (*PACKAGES, *UDEBS):
        archive.add(name)
    return dict.fromkeys(UDEBS, INSTALLER)


def add_images(archive: TinyArchive) -> None:
    """Add the installer's images, without real content, and their SHA256SUMS beside the indices; publish afterwards."""
    folder = archive.root / "dists" / archive.suite / "main/installer-amd64/current/images"
    lines = []
    for name in ("cdrom/vmlinuz", "cdrom/initrd.gz", "netboot/netboot.tar.gz"):
        content = netboot_tar(folder.parent) if name.endswith("tar.gz") else name.encode()
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        lines.append(f"{hashlib.sha256(content).hexdigest()}  ./{name}\n")
    (folder / "SHA256SUMS").write_text("".join(lines))


def netboot_tar(folder: Path) -> bytes:
    """Return a netboot tree of three files and a link, packed."""
    tree = folder / "tree"
    (tree / "debian-installer/amd64").mkdir(parents=True)
    for name in ("linux", "initrd.gz", "pxelinux.0"):
        (tree / "debian-installer/amd64" / name).write_text(f"{name} of the network\n")
    (tree / "pxelinux.0").symlink_to("debian-installer/amd64/pxelinux.0")
    packed = subprocess.run(["tar", "--create", "--gzip", "-C", tree, "."], capture_output=True, check=True).stdout
    subprocess.run(["rm", "-r", tree], check=True)
    return packed
