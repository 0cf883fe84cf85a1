"""File systems in plain files, without mounts: FAT with mkfs.vfat and mtools, ext4 with mke2fs, XFS with mkfs.xfs, F2FS with mkfs.f2fs and sload.f2fs; swap space."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

TOP = 2
"""The inode of an ext4 file system's own top folder."""
FIRST_INODES = (TOP, 7, 8)  # root, resize and journal inodes; files begin at 11


def vfat(image: Path, kib: int, number: str, label: str = "") -> list[str]:
    """Return the command that makes a FAT file system in a new file; `number` is its volume number in hex."""
    return ["mkfs.vfat", "--invariant", "-i", number, *(["-n", label] if label else []), "-C", str(image), str(kib)]


def mmd(image: Path, folders: Sequence[str]) -> list[str]:
    """Return the command that makes folders in a FAT file system, parents first (mtools(1))."""
    return ["mmd", "-i", str(image), *(f"::/{folder}" for folder in folders)]


def mcopy(image: Path, file: Path, to: str) -> list[str]:
    """Return the command that copies a file, with its time, into a FAT file system."""
    return ["mcopy", "-m", "-i", str(image), str(file), f"::/{to}"]


def ext4(image: Path, size: int, tree: Path, number: str, label: str = "", *, offset: int = 0) -> list[str]:
    """Return the command that makes an ext4 file system of `size` bytes with a tree's content (mke2fs(8)).

    `number` is its UUID; it begins at byte `offset` of the image. Its bytes depend on the arguments alone, except for
    the files' times of access and change, which mke2fs takes from the tree: write_time_orders sets those.
    """
    name = ["-L", label] if label else []
    at_offset = f",offset={offset}" if offset else ""
    return [
        *("mke2fs", "-q", "-F", "-t", "ext4", "-U", number, *name),
        *("-E", f"hash_seed={number},root_owner=0:0{at_offset}", "-d", str(tree), str(image), f"{size // 1024}k"),
    ]


def header(image: Path) -> list[str]:
    """Return the command that prints an ext4 file system's superblock (debugfs(8)); dumpe2fs 1.47.2 takes no offset."""
    return ["debugfs", "-R", "show_super_stats -h", str(image)]


def count_inodes(printed: str) -> int:
    """Return the number of used inodes in a printed superblock; in a new file system, the lowest inodes are used."""
    fields = dict(line.split(":", 1) for line in printed.splitlines() if ":" in line)
    return int(fields["Inode count"]) - int(fields["Free inodes"])


def write_time_orders(inodes: int, epoch: int) -> str:
    """Return the debugfs(8) orders that set the times of access and change of all inodes up to a number."""
    numbers = [*FIRST_INODES, *range(11, inodes + 1)]
    return "".join(f"sif <{number}> atime @{epoch}\nsif <{number}> ctime @{epoch}\n" for number in numbers)


def write_top_orders(mode: int, uid: int, gid: int) -> str:
    """Return the debugfs(8) orders that set the mode and owner of the top folder where they are not 0755 and root's.

    mke2fs before 1.47.1 takes neither from the tree.
    """
    if (mode & 0o7777, uid, gid) == (0o755, 0, 0):
        return ""
    return f"sif <{TOP}> mode 0{mode:o}\nsif <{TOP}> uid {uid}\nsif <{TOP}> gid {gid}\n"


def swap(image: Path, number: str, label: str) -> list[str]:
    """Return the command that makes swap space in a file, for pages of 4 KiB; `number` is its UUID (mkswap(8))."""
    return ["mkswap", "-p", "4096", "-U", number, "-L", label, str(image)]


def xfs(image: Path, number: str, label: str, prototype: Path) -> list[str]:
    """Return the command that makes an XFS file system in a file, of what a prototype lists (mkfs.xfs(8)).

    `number` is its UUID. What would depend on the machine or the version is set, so that GRUB 2.06 reads it, too.
    """
    features = f"crc=1,finobt=1,rmapbt=0,reflink=1,bigtime=1,inobtcount=1,uuid={number}"
    words = ["-m", features, "-i", "size=512,nrext64=0,sparse=1", "-d", "agcount=4", "-L", label, "-p", str(prototype)]
    return ["mkfs.xfs", "-q", "-f", *words, str(image)]


def find_xfs_inodes(image: Path) -> list[str]:
    """Return the command that prints the inodes of paths on its standard input, as ask_xfs_inodes() has them (xfs_db(8))."""
    return ["xfs_db", "-r", str(image)]


def ask_xfs_inodes(paths: Sequence[bytes]) -> bytes:
    """Return the input of xfs_db(8) that asks for the inodes of paths."""
    return b"".join(b"path /%s\ninode\n" % path for path in paths)


def fsck_xfs(image: Path) -> list[str]:
    """Return the command that checks an XFS file system in a file and changes nothing (xfs_repair(8))."""
    return ["xfs_repair", "-n", "-f", str(image)]


def f2fs(image: Path, number: str, label: str, epoch: int) -> list[str]:
    """Return the command that makes an empty F2FS file system in a file, without random numbers; `number` is its UUID (mkfs.f2fs(8))."""
    return ["mkfs.f2fs", "-q", "-f", "-r", "-T", str(epoch), "-U", number, "-l", label, str(image)]


def fill_f2fs(image: Path, tree: Path) -> list[str]:
    """Return the command that puts a tree, with its owners, into an F2FS file system (sload.f2fs(8))."""
    return ["sload.f2fs", "-P", "-f", str(tree), str(image)]


def fsck_f2fs(image: Path) -> list[str]:
    """Return the command that checks an F2FS file system and changes nothing (fsck.f2fs(8))."""
    return ["fsck.f2fs", "--dry-run", "-f", str(image)]


def debugfs(image: Path, orders: Path) -> list[str]:
    """Return the command that carries out orders in an ext4 file system."""
    return ["debugfs", "-w", "-f", str(orders), str(image)]


def fsck(image: Path) -> list[str]:
    """Return the command that checks an ext4 file system and changes nothing (e2fsck(8))."""
    return ["e2fsck", "-f", "-n", str(image)]


def fake_time(epoch: int) -> dict[str, str]:
    """Return the environment in which the ext4 programs take `epoch` for the present time."""
    return {"E2FSPROGS_FAKE_TIME": str(epoch), "SOURCE_DATE_EPOCH": str(epoch)}


def dump_tree(image: Path, folder: Path) -> list[str]:
    """Return the command that extracts all of an ext4 file system into a folder (debugfs(8))."""
    return ["debugfs", "-R", f'rdump / "{folder}"', str(image)]


def copy_out(image: Path, folder: Path) -> list[str]:
    """Return the command that extracts all of a FAT file system into a folder, with times (mtools(1))."""
    return ["mcopy", "-s", "-m", "-n", "-i", str(image), "::/", str(folder)]
