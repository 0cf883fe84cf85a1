"""Unpack artifacts by their kinds: disks, file systems, compressed files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.media import gpt
from composelib.image.media.image_check import MAGIC, read_at, read_partitions, write_guid
from composelib.tools import compress, mkfs, qemu_img, squashfs, xorriso
from composelib.tools.run import run

MAGICS = MAGIC | {  # kind: where and what its first bytes are
    "squashfs": (0, b"hsqs"),
    "iso": (0x8001, b"CD001"),
    "raw": (gpt.SECTOR, b"EFI PART"),
    "ext4": (1080, b"\x53\xef"),
    "fat": (0x36, b"FAT"),
    "fat32": (0x52, b"FAT32"),
}


def find_kind(path: Path) -> str:
    """Return which kind of artifact a file is, empty if it is none that can be opened."""
    with path.open("rb") as stream:
        for kind, (offset, magic) in MAGICS.items():
            if read_at(stream, offset, len(magic)) == magic:
                return kind
    return ""


@dataclass(frozen=True)
class PartitionRow:
    """A row of a disk's GPT: the GUID of its type, its name, its first byte and its size."""

    kind: str
    name: str
    start: int
    size: int


def list_partition_rows(disk: Path) -> Iterator[PartitionRow]:
    """Yield the partitions of a disk."""
    with disk.open("rb") as stream:
        for row in read_partitions(stream, disk, read_at(stream, gpt.SECTOR, gpt.SECTOR)):
            first, last = (int.from_bytes(row[at : at + 8], "little") for at in (32, 40))
            name = row[56:128].decode("utf-16-le", "replace").rstrip("\0")
            yield PartitionRow(write_guid(row[:16]), name, first * gpt.SECTOR, (last - first + 1) * gpt.SECTOR)


def list_partitions(disk: Path) -> Iterator[tuple[int, int]]:
    """Yield the first byte and the size of each partition of a disk."""
    return ((row.start, row.size) for row in list_partition_rows(disk))


def extract_piece(disk: Path, start: int, size: int, path: Path) -> Path:
    """Write a piece of a file to another; return its path."""
    path.unlink(missing_ok=True)
    with disk.open("rb") as source, path.open("wb") as target:
        position = 0
        while position < size:
            copied = os.copy_file_range(source.fileno(), target.fileno(), size - position, start + position, position)
            if not copied:
                break
            position += copied
    return path


def unpack_stream(form: str) -> Callable[[Path, Path], Path]:
    """Return the function that unpacks a compressed file to another and returns that."""

    def unpack(source: Path, target: Path) -> Path:
        with source.open("rb") as stream, target.open("wb") as sink:
            run(compress.unpack(form), stdin=stream, stdout=sink)
        return target

    return unpack


def convert_disk(form: str) -> Callable[[Path, Path], Path]:
    """Return the function that converts a disk of a format to a raw one and returns that."""

    def convert(source: Path, target: Path) -> Path:
        run(qemu_img.convert_to_raw(source, target, form))
        return target

    return convert


def unsquash(source: Path, target: Path) -> Path:
    """Write a squashfs as a tar; return the tar."""
    with target.open("wb") as sink:
        run(squashfs.sqfs2tar(source), stdout=sink)
    return target


def unpack_iso(source: Path, tree: Path) -> None:
    """Unpack an ISO image."""
    run(xorriso.extract_all(source, tree))
    for folder in (tree, *(path for path in tree.rglob("*") if path.is_dir() and not path.is_symlink())):
        folder.chmod(0o755)


def unpack_ext4(source: Path, tree: Path) -> None:
    """Unpack an ext4 file system."""
    run(mkfs.dump_tree(source, tree))


def unpack_fat(source: Path, tree: Path) -> None:
    """Unpack a FAT file system. Nothing in an empty one is nothing to unpack."""
    run(mkfs.copy_out(source, tree), ok=(0, 1))


UNPACKERS: Mapping[str, Callable[[Path, Path], None]] = {
    "iso": unpack_iso,
    "ext4": unpack_ext4,
    "fat": unpack_fat,
    "fat32": unpack_fat,
}
CONVERTERS: Mapping[str, Callable[[Path, Path], Path]] = {
    **{form: unpack_stream(form) for form in compress.COMMANDS},
    **{form: convert_disk(form) for form in qemu_img.FORMATS},
    "squashfs": unsquash,
}
