"""A commit deployed into a folder that becomes the root file system of a disk: what boots, updates and rolls back."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from composelib.image.media.grub_menu import HEADER
from composelib.tools import ostree, ostree_admin
from composelib.tools.run import run

BLOCK = 4096
LOADERS = "".join(f'function {name}16 {{ {name} "$@"; }}\n' for name in ("linux", "initrd"))
"""GRUB reads a syslinux.cfg as asking for the loaders of 16-bit code on BIOS, which its core image does not have."""
GRUB_CONFIG = HEADER.format(timeout=2) + LOADERS + "syslinux_configfile -r ($root) ($root)/boot/loader/syslinux.cfg\n"
"""GRUB's menu: what ostree writes of the machine's deployments, the one to boot first."""
MENU = "TIMEOUT 20\n"
"""How ostree's file begins: with a time to choose in (tenths of seconds) GRUB offers all deployments, not only the first."""


@dataclass(frozen=True)
class Source:
    """A commit and where it comes from: `record` is what was written of it."""

    record: Path
    repository: Path
    key: Path
    os: str
    """Name of the operating system on the machine, and of the remote that it updates from."""


def deploy(source: Source, root: Path, arguments: Sequence[str], epoch: int) -> None:
    """Deploy a commit into a new folder, its signature checked; nothing is mounted. For root only.

    All times are set to the epoch where they are later.
    """
    root.mkdir()
    *before, last = commands(source, root, arguments)
    for command in before:
        run(command, package=ostree.PACKAGE)
    lay_loader(root)
    run(last, env=ostree_admin.MUTABLE, package=ostree.PACKAGE)
    settle(root, epoch)


def commands(source: Source, root: Path, arguments: Sequence[str]) -> list[list[str]]:
    """Give the commands that deploy a commit into a folder; before the last, the boot loader's files are to be laid."""
    record = json.loads(source.record.read_text())
    refspec = f"{source.os}:{record['ref']}"
    return [
        ostree_admin.init(root),
        ostree_admin.os_init(root, source.os),
        *(ostree_admin.configure(root, *setting) for setting in ostree_admin.settings().items()),
        ostree_admin.trust(root, source.os, source.key),
        ostree_admin.pull(root, source.repository, source.os, record["commit"]),
        ostree_admin.name(root, refspec, record["commit"]),
        ostree_admin.distrust(root, source.os),
        ostree_admin.deploy(root, source.os, refspec, arguments),
    ]


def lay_loader(root: Path) -> None:
    """Lay out /boot so that ostree finds the boot loader's file, and GRUB its menu."""
    for folder in ("loader.0", "syslinux", "grub", "efi"):
        (root / "boot" / folder).mkdir()
    (root / "boot/loader").symlink_to("loader.0")
    (root / "boot/loader.0/syslinux.cfg").write_text(MENU)
    (root / "boot/syslinux/syslinux.cfg").symlink_to("../loader/syslinux.cfg")
    (root / "boot/grub/grub.cfg").write_text(GRUB_CONFIG)


def settle(root: Path, epoch: int) -> None:
    """Set every time in a tree that is later than the epoch to it."""
    for folder, names, files in os.walk(root, topdown=False):
        for path in (Path(folder), *(Path(folder, name) for name in (*names, *files))):
            if path.lstat().st_mtime > epoch:
                os.utime(path, (epoch, epoch), follow_symlinks=False)


def content_size(root: Path) -> int:
    """Give the bytes that a tree takes in blocks of 4 KiB, a file with several names once."""
    seen: dict[tuple[int, int], int] = {}
    for folder, names, files in os.walk(root):
        for name in (*names, *files):
            found = Path(folder, name).lstat()
            seen[found.st_dev, found.st_ino] = max(-(-found.st_size // BLOCK), 1) * BLOCK + 256
    return sum(seen.values())
