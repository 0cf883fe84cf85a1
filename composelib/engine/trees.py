"""Content digests of tree lists, whose members are read again only after they have changed."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterable
from dataclasses import field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import xxhash

from composelib.dataclass import dataclass
from composelib.engine.digests import SETTLED
from composelib.files import make_read_only
from composelib.model.paths import OSTREE, STORE
from composelib.model.repository_paths import TREE

if TYPE_CHECKING:
    from composelib.fetch.store import Store

TABLE = "CREATE TABLE IF NOT EXISTS tree (listing TEXT PRIMARY KEY, state TEXT, content TEXT) WITHOUT ROWID"


@dataclass
class Trees:
    """The digests of tree lists, by the path of the list."""

    root: Path
    """The folder that members are relative to."""
    entries: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Digests over the members' statuses, and over their contents at that time."""
    changed: set[str] = field(default_factory=set)
    """The lists with new digests, which are still to be saved."""
    used: set[str] = field(default_factory=set)
    """The lists that were looked up."""
    forgotten: set[str] = field(default_factory=set)
    """The lists whose digests are still to be deleted from disk."""
    seen: dict[str, str] = field(default_factory=dict)
    """The statuses of files of the store, as they were when last looked at, by paths relative to `root`."""

    @cached_property
    def store(self) -> Store:
        """The store, whose ledger vouches for most members."""
        from composelib.fetch.store import open_store  # noqa: PLC0415 - not needed if nothing has changed

        return open_store(self.root.parent / STORE)

    def of(self, listing: Path) -> str | None:
        """Return a digest over the names, modes and contents of a list's members; None if there is no list.

        A member that ends in `/` stands for all below it, which is not looked at. Members that the store's ledger
        vouches for are not read.
        """
        names = read_members(listing)
        if names is None:
            return None
        key = str(listing)
        self.used.add(key)
        statuses = [read_status(os.path.join(self.root, name)) for name in names]  # noqa: PTH118 - 60 000 of them
        rendered = list(map(render_inode, names, statuses))
        if names and names[0].startswith(f"../{STORE}/"):
            self.seen.update(zip(names, rendered, strict=True))
        state = hash_lines(chain(names, rendered))
        entry = self.entries.get(key)
        if entry is not None and entry[0] == state:
            return entry[1]
        content = hash_lines(chain(names, map(self.describe, names, statuses, rendered)))
        newest = max((status.st_ctime_ns for status in statuses if status), default=0)
        if time.time_ns() - newest > SETTLED:
            self.entries[key] = (state, content)
            self.changed.add(key)
        return content

    def describe(self, name: str, status: os.stat_result | None, rendered: str) -> str:
        """Return the mode and SHA256 of a member, given what shows that it is unchanged."""
        if status is None or name.endswith("/"):
            return rendered
        if not stat.S_ISREG(status.st_mode):
            return f"{status.st_mode:o}"
        mode, _, signature = rendered.partition(" ")
        ledger = self.store.ledger
        sha256 = ledger.names.get(signature) if status.st_dev == ledger.device else ""
        return f"{mode} {sha256 or self.store.vouch(status) or hash_member(self.root / name)}"

    def seal(self, listing: Path) -> None:
        """Make the released members of a list read-only, but those that are the store's: it gives its files their mode."""
        for name in read_members(listing) or ():
            path = self.root / name
            status = read_status(str(path))
            if status and stat.S_ISREG(status.st_mode) and is_released(name) and not self.store.vouch(status):
                make_read_only(path)

    def refresh(self) -> None:
        """Look again at the lists looked up: a link that we made has changed statuses, which need not cost the next run time."""
        for listing in sorted(self.used):
            self.of(Path(listing))

    def forget(self, listing: str) -> None:
        """Forget all that is believed of a list and its members, so that each is read again."""
        self.entries.pop(listing, None)
        self.changed.discard(listing)
        self.forgotten.add(listing)
        statuses = (read_status(os.path.join(self.root, name)) for name in read_members(Path(listing)) or ())  # noqa: PTH118
        self.store.forget({name for status in statuses if status and (name := self.store.vouch(status))})

    def load(self, connection: sqlite3.Connection) -> None:
        """Read the digests; a file of an earlier version has none."""
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'tree'").fetchone():
            rows = connection.execute("SELECT listing, state, content FROM tree")
            self.entries = {listing: (state, content) for listing, state, content in rows}

    def save(self, connection: sqlite3.Connection) -> None:
        """Write the new digests."""
        connection.execute(TABLE)
        connection.executemany("DELETE FROM tree WHERE listing = ?", [(listing,) for listing in self.forgotten])
        self.forgotten.clear()
        rows = [(listing, *self.entries[listing]) for listing in self.changed]
        connection.executemany("INSERT OR REPLACE INTO tree VALUES (?, ?, ?)", rows)
        self.changed.clear()


def read_members(listing: Path) -> list[str] | None:
    """Return the members that a list names; None if there is no such file."""
    try:
        return listing.read_text().splitlines() if listing.is_file() else None
    except (OSError, UnicodeDecodeError):
        return None


def read_status(path: str) -> os.stat_result | None:
    """Return a file's status, links not followed; None if it is not there."""
    try:
        return os.lstat(path)
    except OSError:
        return None


def render_inode(name: str, status: os.stat_result | None) -> str:
    """Return what shows, without reading it, that a member is unchanged."""
    if status is None:
        return "absent"
    if name.endswith("/"):
        return "folder"
    return f"{status.st_mode:o} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"


def hash_lines(lines: Iterable[str]) -> str:
    """Return the digest of a text."""
    return xxhash.xxh3_128_hexdigest("\n".join(lines).encode(errors="surrogateescape"))


def hash_member(path: Path) -> str:
    """Return the SHA256 of a member, the same that the store's ledger would have; a word if it cannot be read."""
    from composelib.files import sha256_of  # noqa: PLC0415 - as above

    try:
        return sha256_of(path)
    except OSError:
        return "unreadable"


def is_released(name: str) -> bool:
    """Return whether a path, relative to the compose's folder, is a released file that no program manages itself."""
    return name.startswith(f"{TREE}/") and not name.startswith(f"{TREE}/{OSTREE}/")
