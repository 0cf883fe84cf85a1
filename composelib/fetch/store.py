"""The content-addressed store of package files, with a ledger of those that were verified."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import field
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.errors import ComposeError, TrustError
from composelib.fetch.ledger import Ledger
from composelib.files import discard, replace_whatever, sha256_of

AGAIN = "run again: it is fetched again"
MODE = 0o444


@dataclass
class Store:
    """A folder of files named by their SHA256, with a ledger of those that were verified on disk.

    A file whose signature is not the ledger's is hashed before it is relied on. A signature is written only after the
    file is on the disk, so that after a power cut nothing broken passes for verified.
    """

    root: Path
    ledger: Ledger
    unsynced: bool = False
    """Whether files were verified that may not be on the disk yet."""
    damaged: list[Path] = field(default_factory=list)
    """Files that were damaged and so were removed from the store; other links to them may be left."""

    def locate(self, sha256: str) -> Path:
        """Return the path of a file in the store."""
        return self.root / sha256[:2] / sha256

    def has(self, sha256: str, size: int) -> bool:
        """Return whether a file is in the store and undamaged; remove a damaged one."""
        path = self.locate(sha256)
        try:
            status = path.lstat()
        except OSError:
            return False
        return (status.st_size == size and self.check(sha256, status)) or self.drop(path)

    def check(self, sha256: str, status: os.stat_result) -> bool:
        """Return whether a file of the store is what its name says, without reading it if the ledger vouches for it."""
        if not stat.S_ISREG(status.st_mode):
            return False
        if self.vouch(status) == sha256:
            return True
        if hash_file(self.locate(sha256)) != sha256:
            return False
        self.admit(sha256, status)
        return True

    def vouch(self, status: os.stat_result) -> str:
        """Return the SHA256 of the file of the store that has this inode, unchanged; empty if there is none."""
        name = self.ledger.vouch(status)
        if name or not stat.S_ISREG(status.st_mode):
            return name
        self.ledger.refresh()  # another process may have linked it just now
        return self.ledger.vouch(status)

    def recognize(self, signature: str) -> str:
        """Return the SHA256 of the file of the store that had this signature when it was verified; empty if none had it."""
        name = self.ledger.names.get(signature, "")
        if not name:
            self.ledger.refresh()  # as above
            name = self.ledger.names.get(signature, "")
        return name

    def forget(self, names: Collection[str]) -> None:
        """Forget that files were verified, so that each is hashed when it is used."""
        if names:
            with self.ledger.locked():
                self.ledger.forget(names)

    def drop(self, path: Path) -> bool:
        """Remove a damaged file; return False."""
        print(f"{path}: damaged in the store, so removed", flush=True)
        discard(path)
        self.damaged.append(path)
        return False

    def admit(self, sha256: str, status: os.stat_result | None = None) -> None:
        """Record that a file was verified when it had this status, and make it read-only."""
        path = self.locate(sha256)
        status = status or path.lstat()
        if stat.S_IMODE(status.st_mode) != MODE:
            path.chmod(MODE)
            if not is_same(status, path.lstat()):
                return  # it is hashed again when it is used
            status = path.lstat()
        self.ledger.record(sha256, status)
        self.unsynced = True

    def settle(self) -> None:
        """Bring all admitted files to the disk, then write them to the ledger."""
        if self.ledger.fresh:
            with self.linking():
                pass

    # links

    @contextmanager
    def linking(self) -> Iterator[None]:
        """Hold the store's lock for the block, in which link() and unlink() keep the ledger true: one hold for many files."""
        if not self.ledger.holders:
            self.sync()  # before the lock is held, as it may take long; within another block that one's end does it
        with self.ledger.locked():
            try:
                yield
            finally:
                if self.ledger.holders == 1:
                    self.sync()
                    self.ledger.save()

    def sync(self) -> None:
        """Bring the files that were verified to the disk."""
        if self.unsynced:
            sync(self.root)
            self.unsynced = False

    def link(self, sha256: str, target: Path) -> None:
        """Make `target` a hard link to a verified file of the store, or a copy of it on another file system.

        Raise TrustError if the file is damaged, which removes it from the store, or ComposeError if it is not there.
        """
        with self.linking():
            status, former = self.verify(sha256), None
            with suppress(FileNotFoundError):
                former = target.lstat()
                if os.path.samestat(former, status):
                    return
            aside = target.with_name(f".{target.name}.{os.getpid()}.new")
            link_or_copy(self.locate(sha256), aside, sha256)
            with self.relinking(target) if former else nullcontext():
                replace_whatever(aside, target)
            self.update(sha256, status)

    def verify(self, sha256: str) -> os.stat_result:
        """Return the status of a file of the store that is what its name says. Raise as link() does."""
        path = self.locate(sha256)
        try:
            status = path.lstat()
        except OSError:
            raise ComposeError(f"{path}: it is not in the store", AGAIN) from None
        if self.vouch(status) == sha256:
            return status
        if self.check(sha256, status):
            return path.lstat()
        self.drop(path)
        raise TrustError(f"{path}: it was damaged, so it is removed", AGAIN)

    def unlink(self, path: Path) -> None:
        """Remove a file that may be a link to one of the store; the ledger stays true."""
        with self.linking(), self.relinking(path):
            path.unlink(missing_ok=True)

    @contextmanager
    def relinking(self, path: Path) -> Iterator[None]:
        """Let the block take a link away from the file at `path`; record the signature that it then has in the store."""
        try:
            status = path.lstat()
        except OSError:
            yield
            return
        name = self.ledger.vouch(status)
        yield
        if name:
            self.update(name, status)

    def update(self, sha256: str, before: os.stat_result) -> None:
        """Record the signature of a file that was verified when it had the status `before` and was linked or unlinked since."""
        with suppress(OSError):
            after = self.locate(sha256).lstat()
            if is_same(before, after):
                self.ledger.record(sha256, after)


def open_store(root: Path) -> Store:
    """Open a store and read its ledger."""
    ledger = Ledger(root)
    ledger.load()
    return Store(root, ledger)


def is_same(before: os.stat_result, after: os.stat_result) -> bool:
    """Return whether a file is the same, but perhaps for its mode."""
    return (
        os.path.samestat(before, after) and before.st_mtime_ns == after.st_mtime_ns and before.st_size == after.st_size
    )


def hash_file(path: Path) -> str:
    """Return a file's SHA256; empty if it cannot be read."""
    try:
        return sha256_of(path)
    except OSError:
        return ""


def link_or_copy(source: Path, target: Path, sha256: str) -> None:
    """Make `target` a hard link to a verified file, or a copy of it. Raise TrustError if the copy is not what it should be."""
    try:
        os.link(source, target)
    except OSError:  # most folders are there, and nothing is in the way
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        try:
            os.link(source, target)
        except OSError:  # another device, a full link count, a file system without links
            copy_verified(source, target, sha256)


def copy_verified(source: Path, target: Path, sha256: str) -> None:
    """Copy a file. Raise TrustError if the copy is not what it should be."""
    import shutil  # noqa: PLC0415 - few stores are on another file system

    shutil.copy2(source, target)
    if sha256_of(target) != sha256:
        target.unlink()
        raise TrustError(f"{target}: its copy differs from {source}", "look after the disk")


def sync(folder: Path) -> None:
    """Bring a file system's changes to its disk (syncfs(2)): once for many files, not once for each."""
    import ctypes  # noqa: PLC0415 - most tasks store nothing

    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        ctypes.CDLL(None).syncfs(descriptor)
    finally:
        os.close(descriptor)
