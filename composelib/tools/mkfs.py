"""File systems in plain files, without mounts: FAT with mkfs.vfat and mtools, ext4 with mke2fs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

FIRST_INODES = (2, 7, 8)  # root, resize and journal inodes; files begin at 11


def vfat(image: Path, kib: int, number: str, label: str = "") -> list[str]:
    """Give the command that makes a FAT file system in a new file; `number` is its volume number in hex."""
    return ["mkfs.vfat", "--invariant", "-i", number, *(["-n", label] if label else []), "-C", str(image), str(kib)]


def mmd(image: Path, folders: Sequence[str]) -> list[str]:
    """Give the command that makes folders in a FAT file system, parents first (mtools(1))."""
    return ["mmd", "-i", str(image), *(f"::/{folder}" for folder in folders)]


def mcopy(image: Path, file: Path, to: str) -> list[str]:
    """Give the command that copies a file, its time kept, into a FAT file system."""
    return ["mcopy", "-m", "-i", str(image), str(file), f"::/{to}"]


def ext4(image: Path, size: int, tree: Path, number: str, label: str = "", *, offset: int = 0) -> list[str]:
    """Give the command that makes an ext4 file system of `size` bytes with a tree's content (mke2fs(8)).

    `number` is its UUID; it begins at byte `offset` of the image. All of it is decided by the arguments but the
    times of reading and change of files, which mke2fs takes from the tree: `timeless` sets those.
    """
    name = ["-L", label] if label else []
    place = f",offset={offset}" if offset else ""
    return [
        *("mke2fs", "-q", "-F", "-t", "ext4", "-U", number, *name),
        *("-E", f"hash_seed={number},root_owner=0:0{place}", "-d", str(tree), str(image), f"{size // 1024}k"),
    ]


def header(image: Path) -> list[str]:
    """Give the command that prints an ext4 file system's superblock (dumpe2fs(8))."""
    return ["dumpe2fs", "-h", str(image)]


def used_inodes(printed: str) -> int:
    """Read off a printed superblock how many inodes are used: those with the lowest numbers, in a new file system."""
    fields = dict(line.split(":", 1) for line in printed.splitlines() if ":" in line)
    return int(fields["Inode count"]) - int(fields["Free inodes"])


def timeless(inodes: int, epoch: int) -> str:
    """Give the debugfs(8) orders that set the times of reading and change of all inodes up to a number."""
    numbers = [*FIRST_INODES, *range(11, inodes + 1)]
    return "".join(f"sif <{number}> atime @{epoch}\nsif <{number}> ctime @{epoch}\n" for number in numbers)


def debugfs(image: Path, orders: Path) -> list[str]:
    """Give the command that carries out orders in an ext4 file system."""
    return ["debugfs", "-w", "-f", str(orders), str(image)]


def faked(epoch: int) -> dict[str, str]:
    """Give the environment in which the ext4 programs take `epoch` for the present."""
    return {"E2FSPROGS_FAKE_TIME": str(epoch), "SOURCE_DATE_EPOCH": str(epoch)}
