"""Seals of published trees: what each file was when it was published, so that a run finds and heals damage to them.

A run compares one digest over what shows that a tree is unchanged, and reads those files alone whose status has changed.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from composelib.dataclass import dataclass
from composelib.engine.latest_links import restore_links
from composelib.engine.seal_watch import TABLE as WATCH_TABLE
from composelib.engine.seal_watch import (
    choose_closely_watched,
    confirm_shared,
    digest_tree,
    is_unchanged,
    list_suspects,
    load_watches,
    name_stored,
    put_watch,
)
from composelib.engine.trees import read_status
from composelib.files import copy_frozen, discard, read_link_name, sha256_of

if TYPE_CHECKING:
    from composelib.engine.state_db import Records
    from composelib.fetch.store import Store
    from composelib.model.compose import Compose

TABLES = (
    "CREATE TABLE IF NOT EXISTS seal (name TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS sealed (name TEXT, path TEXT, sha256 TEXT, status TEXT, PRIMARY KEY (name, path))",
)
READ_ONLY = 0o444
Statuses = dict[str, str]
"""By path in a tree: what shows, without reading it, that a file is unchanged."""


@dataclass(frozen=True)
class SealedTree:
    """A published tree, and what can heal it."""

    folder: Path
    tree: Path
    """The compose's tree, which may have the same files."""
    store: Store


def load_seals(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the digest of each sealed tree, by its name; none in a file of an earlier version."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'seal'").fetchone():
        return {}
    return dict(connection.execute("SELECT name, state FROM seal"))


def seal_tree(records: Records, folder: Path, sums: Mapping[str, str]) -> None:
    """Record a published tree as it is; files that `sums` does not have are hashed."""
    statuses = read_statuses(folder)
    digests = {path: sums.get(path) or sha256_of(folder / path) for path in statuses}
    shared = {path: digests[path] for path, status in statuses.items() if is_shared(records, status, digests[path])}
    rows = [(folder.name, path, digests[path], text) for path, text in statuses.items()]
    with records.transaction() as connection:
        for table in TABLES:
            connection.execute(table)
        connection.execute("DELETE FROM sealed WHERE name = ?", (folder.name,))
        connection.executemany("INSERT INTO sealed VALUES (?, ?, ?, ?)", rows)
        state = put_watch(connection, folder, statuses, shared)
        connection.execute("INSERT OR REPLACE INTO seal VALUES (?, ?)", (folder.name, state))
    records.seals[folder.name] = state
    confirm_shared(records)


def is_shared(records: Records, status: str, sha256: str) -> bool:
    """Return whether a file that has this status is a link to the store's."""
    stored = read_status(f"{records.trees.root}/{name_stored(sha256)}")
    return stored is not None and render_status(stored) == status


def forget_seal(records: Records, name: str) -> None:
    """Forget a tree, which is no longer published."""
    if records.seals.pop(name, None) is not None:
        with records.transaction() as connection:
            connection.execute("DELETE FROM sealed WHERE name = ?", (name,))
            connection.execute("DELETE FROM seal WHERE name = ?", (name,))
            connection.execute(WATCH_TABLE)
            connection.execute("DELETE FROM watch WHERE name = ?", (name,))
        confirm_shared(records)


def list_sealed(records: Records, name: str) -> set[str]:
    """Return the paths of the files that a tree had when it was sealed; nothing is written."""
    paths: set[str] = set()
    query = "SELECT path FROM sealed WHERE name = ?"
    records.look(lambda connection: paths.update(path for (path,) in connection.execute(query, (name,))))
    return paths


def relink_sealed(records: Records, published: Path, changes: Mapping[str, str]) -> None:
    """Let a run believe sealed files that got a link more or less, by the statuses that they had and have now."""
    if not (changes and records.seals):
        return
    earlier = {current: former for former, current in changes.items()}
    watches = load_watches(records)
    with records.transaction() as connection:
        rows = connection.execute("SELECT name, path, status FROM sealed").fetchall()
        restated = [(changes[status], name, path) for name, path, status in rows if status in changes]
        connection.executemany("UPDATE sealed SET status = ? WHERE name = ? AND path = ?", restated)
        for name in {name for _, name, _ in restated} & watches.keys():
            folder, watch = published / name, watches[name]
            if digest_tree(folder, watch, earlier) == records.seals[name]:
                records.seals[name] = digest_tree(folder, watch)
                connection.execute("UPDATE seal SET state = ? WHERE name = ?", (records.seals[name], name))


def read_statuses(folder: Path) -> Statuses:
    """Return the status of each file of a tree."""
    statuses: Statuses = {}
    root, waiting = len(str(folder)) + 1, [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    statuses[entry.path[root:]] = render_status(entry.stat(follow_symlinks=False))
    return statuses


def render_status(status: os.stat_result) -> str:
    """Return what shows that a file is unchanged."""
    return f"{status.st_mode:o} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"


def check_published(compose: Compose, records: Records, *, thorough: bool) -> tuple[list[str], list[str]]:
    """Return a line for each file of published trees, or link to one, that was healed, and for each that could not be.

    Unless it is `thorough`, files that were put beside packages are looked for in the newest trees alone. The caller
    holds the lock.
    """
    healed: list[str] = []
    problems: list[str] = []
    watches = load_watches(records)
    suspects = list_suspects(records)
    closely = watches.keys() if thorough else choose_closely_watched(watches, read_link_name(compose.paths.latest))
    for line, is_restored in restore_links(compose.paths.published, records):
        (healed if is_restored else problems).append(line)
    for name, state in sorted(records.seals.items()):
        folder = compose.paths.published / name
        if folder.is_symlink():
            problems.append(f"{folder}: is a link, not the folder that was published; put that back in its place")
        elif not folder.is_dir():
            problems.append(f"{folder}: is gone; put it back, or make the links beside it lead elsewhere and prune")
        elif (
            name in suspects
            or name not in watches
            or not is_unchanged(folder, watches[name], state, with_leaves=name in closely)
        ):
            sealed = SealedTree(folder, compose.paths.tree, records.trees.store)
            found_healed, found_problems = check_closer(sealed, records, read_statuses(folder))
            healed += found_healed
            problems += found_problems
    return healed, problems


def check_closer(sealed: SealedTree, records: Records, statuses: Statuses) -> tuple[list[str], list[str]]:
    """Look at the files of a tree whose status has changed; return lines of those that were healed, and of the others."""
    folder = sealed.folder
    with records.transaction() as connection:
        query = "SELECT path, sha256, status FROM sealed WHERE name = ?"
        rows = {path: (sha256, status) for path, sha256, status in connection.execute(query, (folder.name,))}
    changed = [path for path, (_, status) in sorted(rows.items()) if statuses.get(path) != status]
    reachable = [path for path in changed if not is_cut_off(folder, path)]  # what cuts the others off is named below
    damaged = [path for path in reachable if not is_as_sealed(sealed, path, rows[path][0])]
    healed = [path for path in damaged if heal_file(sealed, path, rows[path][0])]
    lost = [path for path in damaged if path not in healed]
    problems = [f"{folder}/{path}: {describe_loss(folder / path)}" for path in lost]
    problems += [f"{folder}/{path}: was not published; move it away" for path in sorted(statuses.keys() - rows.keys())]
    if not problems:
        seal_tree(records, folder, {path: sha256 for path, (sha256, _) in rows.items()})
    return [f"{folder}/{path}: was damaged, and is healed" for path in healed], problems


def is_cut_off(folder: Path, path: str) -> bool:
    """Return whether a file, or a link that may lead anywhere, stands in place of one of the folders that lead to a path."""
    above = [folder / parent for parent in PurePath(path).parents][:-1]
    return any(parent.is_symlink() or (parent.exists() and not parent.is_dir()) for parent in above)


def describe_loss(path: Path) -> str:
    """Return what became of a published file that nothing here can replace, and the cure."""
    fault = "was changed since it was published" if path.exists() else "is missing"
    return f"{fault}, and nothing here has its content; take it from a copy, or remove the compose and prune"


def is_as_sealed(sealed: SealedTree, path: str, sha256: str) -> bool:
    """Return whether a file has the content it was published with; make it read-only again if it is nobody else's."""
    file = sealed.folder / path
    try:
        status = file.lstat()
        if not stat.S_ISREG(status.st_mode):
            return False
        if sealed.store.vouch(status) != sha256 and sha256_of(file) != sha256:
            return False
        if stat.S_IMODE(status.st_mode) != READ_ONLY and status.st_nlink == 1:
            file.chmod(READ_ONLY)
    except OSError:
        return False
    return True


def heal_file(sealed: SealedTree, path: str, sha256: str) -> bool:
    """Put a file back from the store or from the compose's tree; return whether one of them has it."""
    from composelib.errors import ComposeError  # noqa: PLC0415 - not needed if nothing is damaged

    target, twin = sealed.folder / path, sealed.tree / path
    if "/repo/pool/" in path:
        with suppress(ComposeError, OSError):
            sealed.store.link(sha256, target)
            return is_as_sealed(sealed, path, sha256)
    if not twin.is_file() or sha256_of(twin) != sha256:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.new")
    discard(aside)
    copy_frozen(twin, aside)
    discard(target)
    aside.replace(target)
    return True
