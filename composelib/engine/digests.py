"""Content digests of files; a file is read again only after it has changed."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from dataclasses import field
from io import FileIO
from pathlib import Path

import xxhash

from composelib.dataclass import dataclass

BLOCK = 1 << 20
ZEROS = bytes(BLOCK)
SETTLED = 50_000_000
"""Nanoseconds after which a further change is sure to get another ctime."""

Signature = tuple[int, int, int, int, int]


def signature(status: os.stat_result) -> Signature:
    """Return what shows, without reading it, that a file is unchanged: device, inode, size, mtime and ctime."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@dataclass
class Digests:
    """The digests of files, by path or another key."""

    entries: dict[str, tuple[Signature, str]]
    """Digests, each with the file's signature at that time."""
    changed: set[str] = field(default_factory=set)
    """The keys of new entries, which are still to be saved."""
    used: set[str] = field(default_factory=set)
    """The keys that were looked up."""
    read: set[str] = field(default_factory=set)
    """The keys whose files were read by this process."""
    forgotten: set[str] = field(default_factory=set)
    """The keys of entries that are still to be deleted from disk."""

    def of(self, path: str) -> str | None:
        """Return the digest of a file's content, links followed; None if there is no regular file."""
        return self.remember(path, path, hash_content)

    def remember(self, key: str, path: str, digest_of: Callable[[str], str]) -> str | None:
        """Return `digest_of(path)`, cached under a key while the file stays the same; None if there is no regular file."""
        try:
            status = os.stat(path)  # noqa: PTH116 - 60 000 of them
        except OSError:
            self.used.add(key)
            return None
        return self.recall(key, path, status, digest_of)

    def recall(self, key: str, path: str, status: os.stat_result, digest_of: Callable[[str], str]) -> str | None:
        """Return `digest_of(path)`, cached as above, of a file whose status was read."""
        self.used.add(key)
        if not stat.S_ISREG(status.st_mode):
            return None
        current = signature(status)
        entry = self.entries.get(key)
        if entry is not None and entry[0] == current:
            return entry[1]
        digest = digest_of(path)
        self.read.add(key)
        if time.time_ns() - status.st_ctime_ns > SETTLED:
            self.entries[key] = (current, digest)
            self.changed.add(key)
        return digest

    def list_changed(self) -> list[tuple[str, tuple[Signature, str]]]:
        """Return the new entries with their keys."""
        return [(key, self.entries[key]) for key in self.changed]

    def forget(self, path: str) -> None:
        """Forget the digest of a file, so that it is read again."""
        self.entries.pop(path, None)
        self.changed.discard(path)
        self.read.discard(path)
        self.forgotten.add(path)

    def of_output(self, path: str) -> str | None:
        """Return the mode and digest of an output; None if it is no regular file (tasks leave no links)."""
        try:
            status = os.lstat(path)
        except OSError:
            return None
        digest = self.recall(path, path, status, hash_content)
        return None if digest is None else f"{stat.S_IMODE(status.st_mode):o} {digest}"


def hash_content(path: str) -> str:
    """Return the XXH3 digest of a file's bytes, in hex: it detects changes, not forgery.

    Blocks of zeros count by their number: of a disk with much free space, a hole is not read.
    """
    state, zeros = xxhash.xxh3_128(), 0
    with Path(path).open("rb", buffering=0) as stream:
        while block := stream.read(BLOCK):
            if block == ZEROS:
                zeros += 1 + skip_hole(stream)
                continue
            if zeros:
                state.update(b"%d" % zeros)
                zeros = 0
            state.update(block)
    if zeros:
        state.update(b"%d" % zeros)
    return state.hexdigest()


def skip_hole(stream: FileIO) -> int:
    """Move to the block that has the next data (lseek(2)); return the number of blocks in between."""
    start = stream.tell()
    try:
        data = os.lseek(stream.fileno(), start, os.SEEK_DATA)
    except OSError:  # there is none up to the end
        data = os.fstat(stream.fileno()).st_size
    return (stream.seek(data // BLOCK * BLOCK) - start) // BLOCK
