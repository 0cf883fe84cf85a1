"""The content-addressed store of package files, and what is known of each to be right."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from composelib.fetch.answer import BLOCK
from composelib.files import write

RECORD = "verified"
MOST_VOID = 1000  # lines of the record that nothing is gained by removing
Signature = tuple[int, int, int]
"""Size, time of last change in nanoseconds and inode. Linking a file elsewhere leaves them as they are."""


@dataclass
class Store:
    """A folder of files named by their SHA256, with a record of what was seen to be right on disk.

    A file that is not in the record, or is not as it was then, is hashed before it is relied on. The record is
    written only after the files are on the disk, so that after a power cut nothing broken passes for right.
    """

    root: Path
    known: dict[str, Signature] = field(default_factory=dict)
    fresh: dict[str, Signature] = field(default_factory=dict)
    lines: int = 0
    """Of the record; those that later ones made void count as well."""

    def load(self) -> None:
        """Read the record; a line that a killed run left short is no record."""
        try:
            lines = (self.root / RECORD).read_text(errors="replace").splitlines()
        except OSError:
            return
        self.lines = len(lines)
        for line in lines:
            sha256, *numbers = line.split(" ")
            if len(numbers) == 4 and numbers[3] == "." and all(number.isdigit() for number in numbers[:3]):  # noqa: PLR2004
                self.known[sha256] = (int(numbers[0]), int(numbers[1]), int(numbers[2]))

    def place(self, sha256: str) -> Path:
        """Give where a file belongs."""
        return self.root / sha256[:2] / sha256

    def has(self, sha256: str, size: int) -> bool:
        """Tell whether a file is there and right; what stands in its place and is wrong is removed."""
        path = self.place(sha256)
        try:
            status = path.lstat()
        except OSError:
            return False
        if stat.S_ISREG(status.st_mode) and status.st_size == size:
            signature = signature_of(status)
            if self.known.get(sha256) == signature or hash_of(path) == sha256:
                self.admit(sha256, status)
                return True
        print(f"{path}: damaged in the store, dropped", flush=True)
        discard(path)
        return False

    def admit(self, sha256: str, status: os.stat_result | None = None) -> None:
        """Note that a file was seen to be right, and take care that nobody writes to it."""
        path = self.place(sha256)
        status = status or path.lstat()
        if status.st_mode & 0o777 != 0o444:  # noqa: PLR2004 - r--r--r--
            path.chmod(0o444)
        signature = signature_of(status)
        if self.known.get(sha256) != signature:
            self.known[sha256] = self.fresh[sha256] = signature

    def settle(self) -> None:
        """Bring all that was admitted to the disk, then note it in the record."""
        if not self.fresh:
            return
        sync(self.root)
        if self.lines > MOST_VOID + 2 * len(self.known):
            write(self.root / RECORD, record(self.known))
        else:
            descriptor = os.open(self.root / RECORD, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            with os.fdopen(descriptor, "w") as stream:
                stream.write(record(self.fresh))
        self.fresh.clear()


def record(files: Mapping[str, Signature]) -> str:
    """Give the lines of the record; the dot tells a whole line from one that was cut off."""
    return "".join(f"{sha256} {size} {time} {inode} .\n" for sha256, (size, time, inode) in files.items())


def opened(root: Path) -> Store:
    """Give a store with its record read."""
    store = Store(root)
    store.load()
    return store


def signature_of(status: os.stat_result) -> Signature:
    """Give what tells a file from one that was changed."""
    return status.st_size, status.st_mtime_ns, status.st_ino


def hash_of(path: Path) -> str:
    """Give a file's SHA256; empty if it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()


def discard(path: Path) -> None:
    """Remove whatever stands at a path; a link is not followed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def sync(folder: Path) -> None:
    """Bring a file system's changes to its disk (syncfs(2)): once for many files, not once for each."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        ctypes.CDLL(None).syncfs(descriptor)
    finally:
        os.close(descriptor)
