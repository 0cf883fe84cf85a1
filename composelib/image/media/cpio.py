"""cpio archives of the `newc` kind, as the kernel unpacks its initramfs from (initramfs buffer format)."""

from __future__ import annotations

import posixpath
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

MAGIC = b"070701"
HEADER = 110
TRAILER = "TRAILER!!!"


class CpioError(Exception):
    """What was to be read is no cpio archive of this kind."""


@dataclass(frozen=True)
class Entry:
    """A file: its path without `/` before it, its mode with the type in it, and its content (a link's target)."""

    name: str
    mode: int
    content: bytes = b""


def read(data: bytes) -> Iterator[Entry]:
    """Give the files of the first archive in `data`. Raises CpioError when it is damaged."""
    position = 0
    while True:
        header = data[position : position + HEADER]
        if header[:6] != MAGIC or len(header) != HEADER:
            message = f"no header at byte {position}"
            raise CpioError(message)
        numbers = [int(header[6 + 8 * place : 14 + 8 * place], 16) for place in range(13)]
        mode, size, name_size = numbers[1], numbers[6], numbers[11]
        start = position + HEADER
        name = data[start : start + name_size - 1].decode(errors="surrogateescape")
        content = aligned(start + name_size)
        if name == TRAILER:
            return
        yield Entry(name.removeprefix("./").lstrip("/"), mode, data[content : content + size])
        position = aligned(content + size)


def aligned(position: int) -> int:
    """Give the next multiple of four."""
    return -(-position // 4) * 4


def write(entries: Iterable[Entry], time: int) -> bytes:
    """Give an archive of files and the folders they are in, all owned by root and of one time, sorted."""
    named = {entry.name: entry for entry in entries}
    folders = {str(parent) for name in named for parent in parents(name)}
    named |= {name: Entry(name, stat.S_IFDIR | 0o755) for name in folders if name not in named}
    records = [record(named[name], number, time) for number, name in enumerate(sorted(named), 1)]
    return b"".join(records) + record(Entry(TRAILER, 0), 0, 0)


def settled(name: str, links: Mapping[str, str]) -> str:
    """Give the path that a file has once the folders above it that are links are followed.

    `links` are targets by path. To the kernel a folder in the place of a link is a new folder, and the link is lost.
    """
    for folder in sorted(parents(name)):
        if folder in links:
            target = posixpath.normpath(posixpath.join("/", posixpath.dirname(folder), links[folder])).lstrip("/")
            return settled(target + name.removeprefix(folder), links)
    return name


def parents(name: str) -> Iterator[str]:
    """Give the folders above a path."""
    while "/" in name:
        name = name.rpartition("/")[0]
        yield name


def record(entry: Entry, number: int, time: int) -> bytes:
    """Give a file's header, name and content."""
    name = entry.name.encode(errors="surrogateescape") + b"\0"
    links = 2 if stat.S_ISDIR(entry.mode) else 1
    numbers = (number, entry.mode, 0, 0, links, time, len(entry.content), 0, 0, 0, 0, len(name), 0)
    head = MAGIC + b"".join(b"%08X" % value for value in numbers) + name
    return head.ljust(aligned(len(head)), b"\0") + entry.content.ljust(aligned(len(entry.content)), b"\0")
