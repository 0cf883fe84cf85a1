"""cpio archives in the `newc` format, which the kernel unpacks an initramfs from (initramfs buffer format)."""

from __future__ import annotations

import posixpath
import stat
from collections.abc import Generator, Iterable, Iterator, Mapping

from composelib.dataclass import dataclass

MAGIC = b"070701"
HEADER = 110
TRAILER = "TRAILER!!!"


class CpioError(Exception):
    """Bytes are not a cpio archive in the `newc` format."""


@dataclass(frozen=True)
class CpioEntry:
    """A file: its path without `/` before it, its mode with the type in it, and its content (a link's target)."""

    name: str
    mode: int
    content: bytes = b""


def read_cpio(data: bytes) -> Generator[CpioEntry, None, int]:
    """Yield the files of the first archive in `data`; return where it ends. Raise CpioError if it is damaged."""
    position = 0
    while True:
        header = data[position : position + HEADER]
        if header[:6] != MAGIC or len(header) != HEADER:
            message = f"no header at byte {position}"
            raise CpioError(message)
        numbers = [int(header[6 + 8 * field : 14 + 8 * field], 16) for field in range(13)]
        mode, size, name_size = numbers[1], numbers[6], numbers[11]
        start = position + HEADER
        name = data[start : start + name_size - 1].decode(errors="surrogateescape")
        content = align(start + name_size)
        if name == TRAILER:
            return content
        yield CpioEntry(name.removeprefix("./").lstrip("/"), mode, data[content : content + size])
        position = align(content + size)


def align(position: int) -> int:
    """Return the next multiple of four."""
    return -(-position // 4) * 4


def write_cpio(entries: Iterable[CpioEntry], time: int) -> bytes:
    """Return an archive of files and the folders above them, sorted, all owned by root and with the same time."""
    by_name = {entry.name: entry for entry in entries}
    folders = {folder for name in by_name for folder in list_folders(name)}
    by_name |= {name: CpioEntry(name, stat.S_IFDIR | 0o755) for name in folders if name not in by_name}
    records = [write_record(by_name[name], number, time) for number, name in enumerate(sorted(by_name), 1)]
    return b"".join(records) + write_record(CpioEntry(TRAILER, 0), 0, 0)


def follow_links(name: str, links: Mapping[str, str]) -> str:
    """Return the path of a file with all links among the folders above it followed.

    `links` are targets by path. The kernel would replace such a link by a new folder when it unpacks the file.
    """
    for folder in sorted(list_folders(name)):
        if folder in links:
            target = posixpath.normpath(posixpath.join("/", posixpath.dirname(folder), links[folder])).lstrip("/")
            return follow_links(target + name.removeprefix(folder), links)
    return name


def list_folders(name: str) -> Iterator[str]:
    """Yield the folders above a path, the nearest first."""
    while "/" in name:
        name = name.rpartition("/")[0]
        yield name


def write_record(entry: CpioEntry, number: int, time: int) -> bytes:
    """Return a file's header, name and content."""
    name = entry.name.encode(errors="surrogateescape") + b"\0"
    links = 2 if stat.S_ISDIR(entry.mode) else 1
    numbers = (number, entry.mode, 0, 0, links, time, len(entry.content), 0, 0, 0, 0, len(name), 0)
    head = MAGIC + b"".join(b"%08X" % value for value in numbers) + name
    return head.ljust(align(len(head)), b"\0") + entry.content.ljust(align(len(entry.content)), b"\0")
