"""The store's ledger: the signature of each file whose bytes were verified, one line a file, shared by all composes."""

from __future__ import annotations

import fcntl
import os
import re
import stat
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import field
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.files import discard, is_own, open_lock, write_file

RECORD = "verified"
LOCK = "lock"
LINE = re.compile(r"^(\S+) ([0-9]{1,20} [0-9]{1,20} [0-9]{1,20} [0-9]{1,20}) \.$", re.MULTILINE)
"""SHA256, then size, mtime, ctime and inode; the dot shows that the line is complete."""
MOST_VOID = 1000
"""So many overridden lines may stay in any case; more than twice the files' number beyond that are a reason to rewrite it."""


@dataclass
class Ledger:
    """Which files were verified, by their SHA256: whatever has such a signature has the same bytes as then.

    Each link made or removed gives a file another ctime. Whoever does that holds the lock, checks the signature before
    and records the new one, so that nobody has to read the file again.
    """

    root: Path
    signatures: dict[str, str] = field(default_factory=dict)
    """By SHA256."""
    fresh: dict[str, str] = field(default_factory=dict)
    """Those that are not yet on disk."""
    lines: int = 0
    """Number of lines on disk, including those that later lines override."""
    position: tuple[int, int] = (0, 0)
    """How far the file was read: its inode, and the offset in it."""
    names: dict[str, str] = field(default_factory=dict)
    """The SHA256s by signature."""
    device: int = -1
    """The device of the store: inodes of others are not its files."""
    guard: threading.RLock = field(default_factory=threading.RLock)
    holders: int = 0
    """How many blocks of this process hold the lock, one within another."""

    @property
    def path(self) -> Path:
        """The path of the file."""
        return self.root / RECORD

    def load(self) -> None:
        """Read the lines that came after those read so far; an incomplete one, which a killed run left, is skipped."""
        if self.path.is_symlink() or not self.path.is_file():
            self.lines, self.position = 0, (0, 0)
            return
        with suppress(OSError), self.path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            inode, self.device = status.st_ino, status.st_dev
            if inode == self.position[0] and status.st_size >= self.position[1]:
                stream.seek(self.position[1])
            else:
                self.lines = 0
            text = stream.read()
            end = text.rfind(b"\n") + 1
            self.position = (inode, stream.tell() - len(text) + end)
            self.lines += text.count(b"\n")
            self.take_up(LINE.findall(text[:end].decode(errors="replace")))

    def take_up(self, rows: Sequence[tuple[str, str]]) -> None:
        """Take up SHA256s and signatures, but those of which this process has newer ones."""
        if self.fresh or len(rows) < MOST_VOID:
            for sha256, signature in rows:
                if not self.is_newer(sha256):
                    self.enter(sha256, signature)
        else:
            self.signatures.update(rows)
            self.names = {signature: sha256 for sha256, signature in self.signatures.items()}

    def is_newer(self, sha256: str) -> bool:
        """Return whether what this process has recorded of a file is what it is now; if it is not, drop that."""
        ours = self.fresh.get(sha256)
        if ours is None:
            return False
        with suppress(OSError):
            if format_signature((self.root / sha256[:2] / sha256).lstat()) == ours:
                return True
        del self.fresh[sha256]
        return False

    def enter(self, sha256: str, signature: str) -> None:
        """Take up a file's signature, in place of its former one."""
        self.names.pop(self.signatures.get(sha256, ""), None)
        self.signatures[sha256] = signature
        self.names[signature] = sha256

    def record(self, sha256: str, status: os.stat_result) -> None:
        """Record the signature of a verified file; the next save() writes it."""
        signature = format_signature(status)
        with self.guard:
            self.device = status.st_dev
            if self.signatures.get(sha256) != signature:
                self.enter(sha256, signature)
                self.fresh[sha256] = signature

    def vouch(self, status: os.stat_result) -> str:
        """Return the SHA256 of the file that has this signature; empty if none has."""
        if not stat.S_ISREG(status.st_mode):
            return ""
        return self.names.get(format_signature(status), "") if status.st_dev == self.device else ""

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock for the block, with all lines read."""
        with self.guard:
            if self.holders:
                yield
                return
            descriptor = open_lock(self.root.with_name(LOCK))
            self.holders += 1
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                self.load()
                yield
            finally:
                self.holders -= 1
                os.close(descriptor)

    def save(self) -> None:
        """Write the new lines to the disk; the lock is held."""
        if not self.fresh:
            return
        self.root.mkdir(parents=True, exist_ok=True)
        if not self.position[0] or self.lines > MOST_VOID + 2 * len(self.signatures) or not is_own(self.path):
            self.write()
        else:
            self.append(format_lines(self.fresh).encode())
        self.fresh.clear()

    def write(self) -> None:
        """Write all lines anew."""
        if self.path.is_dir():
            discard(self.path)
        write_file(self.path, format_lines(self.signatures))
        status = self.path.stat()
        self.lines, self.position, self.device = len(self.signatures), (status.st_ino, status.st_size), status.st_dev

    def refresh(self) -> None:
        """Read what other processes write, and wait for those that are making links; nothing is written."""
        with self.guard:
            if self.holders:
                return
            lock = self.root.with_name(LOCK)
            if not lock.is_file():
                return
            with suppress(OSError), lock.open("rb") as stream:
                fcntl.flock(stream, fcntl.LOCK_SH)
                self.load()

    def forget(self, names: Iterable[str]) -> None:
        """Forget that files were verified; the lock is held."""
        for name in names:
            self.fresh.pop(name, None)
            self.names.pop(self.signatures.pop(name, ""), None)
        self.write()

    def append(self, text: bytes) -> None:
        """Append lines, after a line break if a killed run left half a line."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "wb") as stream:
            broken = os.fstat(descriptor).st_size != self.position[1]
            stream.write(b"\n" * broken + text)
        self.position = (self.position[0], self.path.stat().st_size)
        self.lines += broken + len(self.fresh)


def format_lines(signatures: Mapping[str, str]) -> str:
    """Return the ledger's lines."""
    return "".join(f"{sha256} {signature} .\n" for sha256, signature in signatures.items())


def format_signature(status: os.stat_result) -> str:
    """Return what shows, without reading it, that a file is unchanged. It changes with each link made or removed."""
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"
