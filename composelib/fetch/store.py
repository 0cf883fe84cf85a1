"""The content-addressed store of package files, with a record of those that were verified."""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from composelib.fetch.answer import BLOCK
from composelib.files import write_file

RECORD = "verified"
NUMBER = re.compile(r"[0-9]{1,20}")
MOST_VOID = 1000  # overridden lines of the record; more are a reason to rewrite it
Signature = tuple[int, int, int]
"""Size, time of last change in nanoseconds and inode. Linking a file elsewhere leaves them as they are."""


@dataclass
class Store:
    """A folder of files named by their SHA256, with a record of those that were verified on disk.

    A file that is not in the record, or has changed since, is hashed before it is relied on. The record is written
    only after the files are on the disk, so that after a power cut nothing broken passes for verified.
    """

    root: Path
    verified: dict[str, Signature] = field(default_factory=dict)
    fresh: dict[str, Signature] = field(default_factory=dict)
    """Those that are not yet in the record on disk."""
    lines: int = 0
    """Number of lines of the record, including those that later lines override."""

    def load(self) -> None:
        """Read the record; a line that a killed run left incomplete is skipped."""
        try:
            lines = (self.root / RECORD).read_text(errors="replace").splitlines()
        except OSError:
            return
        self.lines = len(lines)
        for line in lines:
            sha256, *numbers = line.split(" ")
            if len(numbers) == 4 and numbers[3] == "." and all(NUMBER.fullmatch(number) for number in numbers[:3]):  # noqa: PLR2004
                self.verified[sha256] = (int(numbers[0]), int(numbers[1]), int(numbers[2]))

    def place(self, sha256: str) -> Path:
        """Return the path of a file in the store."""
        return self.root / sha256[:2] / sha256

    def has(self, sha256: str, size: int) -> bool:
        """Return whether a file is in the store and undamaged; remove a damaged one."""
        path = self.place(sha256)
        try:
            status = path.lstat()
        except OSError:
            return False
        if stat.S_ISREG(status.st_mode) and status.st_size == size:
            signature = read_signature(status)
            if self.verified.get(sha256) == signature or hash_file(path) == sha256:
                self.admit(sha256, status)
                return True
        print(f"{path}: damaged in the store, so removed", flush=True)
        discard(path)
        return False

    def admit(self, sha256: str, status: os.stat_result | None = None) -> None:
        """Record that a file was verified, and make it read-only."""
        path = self.place(sha256)
        status = status or path.lstat()
        if status.st_mode & 0o777 != 0o444:  # noqa: PLR2004 - r--r--r--
            path.chmod(0o444)
        signature = read_signature(status)
        if self.verified.get(sha256) != signature:
            self.verified[sha256] = self.fresh[sha256] = signature

    def settle(self) -> None:
        """Bring all admitted files to the disk, then write them to the record."""
        if not self.fresh:
            return
        sync(self.root)
        if self.lines > MOST_VOID + 2 * len(self.verified):
            write_file(self.root / RECORD, format_record(self.verified))
        else:
            descriptor = os.open(self.root / RECORD, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            with os.fdopen(descriptor, "w") as stream:
                stream.write(format_record(self.fresh))
        self.fresh.clear()


def format_record(files: Mapping[str, Signature]) -> str:
    """Return the lines of the record; the dot shows that a line is complete."""
    return "".join(f"{sha256} {size} {time} {inode} .\n" for sha256, (size, time, inode) in files.items())


def open_store(root: Path) -> Store:
    """Open a store and read its record."""
    store = Store(root)
    store.load()
    return store


def read_signature(status: os.stat_result) -> Signature:
    """Return the values by which a changed file is recognized."""
    return status.st_size, status.st_mtime_ns, status.st_ino


def hash_file(path: Path) -> str:
    """Return a file's SHA256; empty if it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()


def discard(path: Path) -> None:
    """Remove a file or a tree; a link is not followed."""
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
