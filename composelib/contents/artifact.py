"""An artifact that is open: the files in it, and a stream of each."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Iterator, Mapping
from typing import IO

from composelib.dataclass import dataclass

BLOCK = 1 << 20
LAYER = "layer"
"""The kind of a layer of a container."""
KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "link",
    stat.S_IFCHR: "character device",
    stat.S_IFBLK: "block device",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
}


@dataclass(frozen=True, slots=True)
class FileState:
    """What a file is, without its times."""

    kind: str
    """`file`, `folder`, `link`, `partition`, `layer`, `setting` …"""
    mode: int = 0
    """Permission bits; 0 where the artifact has none."""
    owner: tuple[int, int] = (0, 0)
    """User and group."""
    size: int = 0
    content: str = ""
    """The SHA256 of a file, the target of a link, the value of a setting."""


@dataclass(frozen=True)
class Artifact:
    """An artifact and a function that opens a file in it by its path."""

    files: Mapping[str, FileState]
    open: Callable[[str], IO[bytes]]


def hash_stream(stream: IO[bytes]) -> str:
    """Return the SHA256 of all that a stream has."""
    digest = hashlib.sha256()
    for block in read_all(stream):
        digest.update(block)
    return digest.hexdigest()


def read_all(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield what a stream has, block by block."""
    while block := stream.read(BLOCK):
        yield block


def describe_mode(mode: int) -> tuple[str, int]:
    """Return the kind and the permission bits that a file's mode stands for."""
    return KINDS.get(stat.S_IFMT(mode), "file"), stat.S_IMODE(mode)
