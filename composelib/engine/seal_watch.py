"""What a run looks at to see that published trees are unchanged, without looking at each file in them.

A package file there is a link to the store's. Whoever edits it, or adds, renames, replaces or removes one of its links, changes the
ctime of the one inode that all of them share; so each such file is looked at once, in the store, however many trees have
it. Of a tree itself the folders are looked at (what is put into one changes its ctime) and the files that are no such links.
Folders with nothing but such links are most of all: a run in which nothing is made looks at those of the newest tree, and at
a number of those of older ones.
"""

from __future__ import annotations

import os
import sqlite3
from array import array
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import xxhash

from composelib.engine.trees import hash_lines, read_status, render_inode
from composelib.model.paths import STORE, locate_stored

if TYPE_CHECKING:
    from composelib.engine.state_db import Records
    from composelib.engine.trees import Trees
    from composelib.fetch.store import Store

TABLE = (
    "CREATE TABLE IF NOT EXISTS watch "
    "(name TEXT PRIMARY KEY, folders TEXT, leaves TEXT, files TEXT, stored TEXT, inodes TEXT) WITHOUT ROWID"
)
ALL = ""
"""The name of the row that has the store's files of all trees."""
MANY_LEAVES = 20_000
"""How many leaves of older trees are looked at in any run: that takes 50 ms."""
SHARED = f"../{STORE}/"
"""How paths of the store begin, relative to a compose's folder."""


class WatchedPaths(NamedTuple):
    """What is looked at of a tree, by paths in it."""

    folders: tuple[str, ...]
    leaves: tuple[str, ...]
    """Folders with nothing but links to files of the store."""
    files: tuple[str, ...]


class SharedFile(NamedTuple):
    """A file of the store that a published tree has a link to: its path relative to the compose's folder, and its inode."""

    path: str
    inode: str


def load_watches(records: Records) -> dict[str, WatchedPaths]:
    """Return what is looked at of each tree, by its name; nothing is written."""
    watches: dict[str, WatchedPaths] = {}

    def load(connection: sqlite3.Connection) -> None:
        if has_table(connection):
            for name, *texts in connection.execute("SELECT name, folders, leaves, files FROM watch WHERE name != ''"):
                watches[name] = WatchedPaths(*map(split, texts))

    records.look(load)
    return watches


def has_table(connection: sqlite3.Connection) -> bool:
    """Return whether a state file is of a version that has watches."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'watch'").fetchone() is not None


def split(text: str) -> tuple[str, ...]:
    """Return the lines of a text of the table."""
    return tuple(text.split("\n")) if text else ()


def put_watch(
    connection: sqlite3.Connection, folder: Path, statuses: Mapping[str, str], shared: Mapping[str, str]
) -> str:
    """Write what is to be looked at of a tree: its files' statuses, and the SHA256 of those that are links to the store's.

    Return the digest of what it is now.
    """
    folders, leaves = sort_folders(folder, shared)
    watch = WatchedPaths(folders, leaves, tuple(sorted(path for path in statuses if path not in shared)))
    rows = sorted({SharedFile(name_stored(shared[path]), read_inode(statuses[path])) for path in shared})
    columns = (*watch, [row.path for row in rows], [row.inode for row in rows])
    connection.execute(TABLE)
    connection.execute(
        "INSERT OR REPLACE INTO watch VALUES (?, ?, ?, ?, ?, ?)",
        (folder.name, *("\n".join(column) for column in columns)),
    )
    return digest_tree(folder, watch)


def sort_folders(folder: Path, shared: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the folders below a tree, relative to it: those with other things, and those with links to the store alone."""
    start = len(str(folder)) + 1
    folders, leaves = list[str](), list[str]()
    for path, below, names in os.walk(folder):
        name = path[start:]
        if name:
            is_leaf = names and not below and all(f"{name}/{file}" in shared for file in names)
            (leaves if is_leaf else folders).append(name)
    return tuple(sorted(folders)), tuple(sorted(leaves))


def name_stored(sha256: str) -> str:
    """Return the path of a file of the store, relative to a compose's folder."""
    return str(locate_stored(Path(SHARED), sha256))


def read_inode(status: str) -> str:
    """Return the number of the inode in a rendered status."""
    return status.rpartition(" ")[2]


def digest_tree(folder: Path, watch: WatchedPaths, earlier: Mapping[str, str] | None = None) -> str:
    """Return the digests of what is looked at of a tree, its leaves last; empty if any of it is missing.

    `earlier` has the statuses that files had before, by those that they have now.
    """
    try:
        return f"{digest_trunk(folder, watch, earlier or {})} {digest_folders(folder, watch.leaves)}"
    except OSError:
        return ""


def choose_closely_watched(watches: Mapping[str, WatchedPaths], newest: str) -> set[str]:
    """Return the names of the trees whose leaves are looked at by a run in which nothing is made: the newest ones."""
    names, leaves = {newest}, 0
    for name in sorted(watches.keys() - names, reverse=True):
        leaves += len(watches[name].leaves)
        if leaves > MANY_LEAVES:
            break
        names.add(name)
    return names


def is_unchanged(folder: Path, watch: WatchedPaths, state: str, *, with_leaves: bool) -> bool:
    """Return whether what is looked at of a tree is as it was, given its digests at that time."""
    trunk, _, leaves = state.rpartition(" ")
    try:
        return digest_trunk(folder, watch, {}) == trunk and (
            not with_leaves or digest_folders(folder, watch.leaves) == leaves
        )
    except OSError:
        return False


def digest_trunk(folder: Path, watch: WatchedPaths, earlier: Mapping[str, str]) -> str:
    """Return the digests of a tree's folders but its leaves, and of the files that are no links to the store."""
    files = [render_inode(name, os.lstat(f"{folder}/{name}")) for name in watch.files]
    statuses = (earlier.get(status, status) for status in files)
    folders = (folder.name, *(f"{folder.name}/{name}" for name in watch.folders))
    return f"{digest_folders(folder.parent, folders)} {hash_lines(statuses)}"


def digest_folders(root: Path, names: Iterable[str]) -> str:
    """Return the digest of the inodes and ctimes of folders below `root`."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        statuses = [os.stat(name, dir_fd=descriptor, follow_symlinks=False) for name in names]
    finally:
        os.close(descriptor)
    numbers = array("Q", [number for status in statuses for number in (status.st_ino, status.st_ctime_ns)])
    return xxhash.xxh3_128_hexdigest(numbers.tobytes())


# the store's files


def list_suspects(records: Records) -> set[str]:
    """Return the names of the trees with a file of the store that is not what it was when they were sealed."""
    shared = load_shared(records)
    statuses = read_shared(records.trees, shared.paths)
    if hash_lines(statuses) == shared.state:
        return set()
    if all(map(partial(is_intact, records.trees.store), shared.paths, shared.inodes, statuses)):
        with records.transaction() as connection:
            connection.execute("UPDATE watch SET files = ? WHERE name = ''", (hash_lines(statuses),))
        return set()
    return find_holders(records, confirm_shared(records))


class SharedFiles(NamedTuple):
    """The files of the store that any published tree has a link to: their paths and inodes, and the digest of their statuses."""

    paths: tuple[str, ...]
    inodes: tuple[str, ...]
    state: str


def load_shared(records: Records) -> SharedFiles:
    """Return the store's files that published trees have; nothing is written."""
    rows: list[tuple[str, str, str]] = []

    def load(connection: sqlite3.Connection) -> None:
        if has_table(connection):
            rows.extend(connection.execute("SELECT stored, inodes, files FROM watch WHERE name = ''"))

    records.look(load)
    stored, inodes, state = rows[0] if rows else ("", "", hash_lines(()))
    return SharedFiles(split(stored), split(inodes), state)


def read_shared(trees: Trees, paths: Iterable[str]) -> list[str]:
    """Return the statuses of files of the store, as far as possible those that were read in this run."""
    seen, root = trees.seen, trees.root
    return [seen.get(path) or render_inode(path, read_status(f"{root}/{path}")) for path in paths]


def is_intact(store: Store, path: str, inode: str, status: str) -> bool:
    """Return whether a file of the store is the inode that was published, with the content that its name says."""
    return read_inode(status) == inode and store.recognize(status.partition(" ")[2]) == path.rpartition("/")[2]


def confirm_shared(records: Records) -> set[SharedFile]:
    """Check the store's files of all trees by its ledger, and return those that are not what they were.

    If there are none, their statuses are recorded, so that the next run believes them; this costs no reading.
    """
    pairs: set[SharedFile] = set()
    trees = records.trees
    with records.transaction() as connection:
        connection.execute(TABLE)
        for stored, inodes in connection.execute("SELECT stored, inodes FROM watch WHERE name != ''"):
            pairs.update(map(SharedFile._make, zip(split(stored), split(inodes), strict=True)))
        rows = sorted(pairs)
        statuses = [render_inode(row.path, read_status(f"{trees.root}/{row.path}")) for row in rows]
        damaged = {row for row, status in zip(rows, statuses, strict=True) if not is_intact(trees.store, *row, status)}
        values = ("\n".join(row.path for row in rows), "\n".join(row.inode for row in rows))
        connection.execute(
            "INSERT OR REPLACE INTO watch (name, stored, inodes, files) VALUES ('', ?, ?, ?)",
            (*values, "" if damaged else hash_lines(statuses)),
        )
    return damaged


def find_holders(records: Records, files: set[SharedFile]) -> set[str]:
    """Return the names of the trees that have any of these files."""
    with records.transaction() as connection:
        rows = connection.execute("SELECT name, stored, inodes FROM watch WHERE name != ''").fetchall()
    return {
        name
        for name, stored, inodes in rows
        if not files.isdisjoint(map(SharedFile._make, zip(split(stored), split(inodes), strict=True)))
    }
