"""Content digests of files, each file read once for as long as it stays the same."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import xxhash

BLOCK = 1 << 20
SETTLED = 50_000_000  # nanoseconds after which a file's ctime tells a later change apart from this one

Signature = tuple[int, int, int, int, int]


def signature(status: os.stat_result) -> Signature:
    """Give what tells, without reading, that a file is still the same: device, inode, size, mtime and ctime."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@dataclass
class Digests:
    """Digests by path, with the signatures they were taken at; `changed` are those to be remembered."""

    known: dict[str, tuple[Signature, str]]
    changed: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)

    def of(self, path: str) -> str | None:
        """Give the digest of a file's content; links are followed; None if there is no such file, or no plain one."""
        return self.remember(path, path, content_digest)

    def remember(self, key: str, path: str, take: Callable[[str], str]) -> str | None:
        """Give what `take` makes of a file's content, remembered under a key; None if there is no plain file."""
        self.asked.add(key)
        try:
            status = os.stat(path)  # noqa: PTH116 - 60 000 of them
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        current = signature(status)
        known = self.known.get(key)
        if known is not None and known[0] == current:
            return known[1]
        digest = take(path)
        if time.time_ns() - status.st_ctime_ns > SETTLED:
            self.known[key] = (current, digest)
            self.changed.add(key)
        return digest

    def of_output(self, path: str) -> str | None:
        """Give the mode and digest of an output; None if there is no plain file (a link is not what a task left)."""
        try:
            status = os.lstat(path)
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        return f"{stat.S_IMODE(status.st_mode):o} {self.of(path)}"


def content_digest(path: str) -> str:
    """Give the XXH3 digest of a file's bytes, in hex. It finds changes; it is no proof against an enemy."""
    state = xxhash.xxh3_128()
    with Path(path).open("rb", buffering=0) as stream:
        while block := stream.read(BLOCK):
            state.update(block)
    return state.hexdigest()


def tree_digest(root: Path, listing: Path) -> str | None:
    """Give the digest of a tree list's members by their stat (mode, size, mtime, inode), without reading them.

    A member that ends in `/` stands for all below it and is not looked into. None if the list is not there.
    """
    state = xxhash.xxh3_128()
    try:
        members = listing.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    for member in members:
        state.update(f"{member}\n{member_state(os.path.join(root, member))}\n".encode())  # noqa: PTH118 - 60 000 of them
    return state.hexdigest()


def member_state(path: str) -> str:
    """Put in words what a tree's member is now."""
    try:
        status = os.lstat(path)
    except OSError:
        return "absent"
    if path.endswith("/"):
        return "folder"
    return f"{status.st_mode:o} {status.st_size} {status.st_mtime_ns} {status.st_ino}"
