"""What runs have made below a compose's folder: known before it is there, and until it is removed.

So a file that no task makes any more can be told from one that no run made, even after a kill.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from composelib.engine.claims import Claims, list_outputs, read_tree_list
from composelib.engine.state_db import Records
from composelib.task import Task

TABLE = "CREATE TABLE IF NOT EXISTS made (path TEXT PRIMARY KEY, kind TEXT NOT NULL) WITHOUT ROWID"
FILE, LIST, PATTERN = "", "list", "pattern"
"""The kinds of rows: a file, a tree list, a regular expression of managed files."""
Row = tuple[str, str]


def note_tasks(records: Records, root: Path, tasks: Iterable[Task]) -> None:
    """Record what these tasks may make, and what the tree lists of all tasks name that ever ran, before a list is replaced."""
    rows = dict(list_recorded(records, root))
    for task in tasks:
        rows.update(list_task(root, task))
    save_rows(records, rows.items())


def note_members(records: Records, task: Task) -> None:
    """Record what a failed task's tree lists name, before the lists are removed."""
    members = [(path, FILE) for listing in task.trees for path in read_tree_list(listing)]
    if members:
        save_rows(records, members)


def list_task(root: Path, task: Task) -> Iterator[Row]:
    """Yield the rows of a task: its outputs, its managed files, and the files that it made last."""
    listings = set(map(str, task.trees))
    for listing in task.trees:
        yield from ((path, FILE) for path in read_tree_list(listing))
    yield from ((path, LIST if f"{root}/{path}" in listings else FILE) for path in list_outputs(root, task))
    yield from ((pattern, PATTERN) for pattern in task.managed)


def list_recorded(records: Records, root: Path) -> Iterator[Row]:
    """Yield the outputs of all tasks that have a record."""
    prefix = f"{root}/"
    for record in records.tasks.values():
        for path in record.outputs:
            if path.startswith(prefix):
                yield path.removeprefix(prefix), LIST if path in record.trees else FILE


def save_rows(records: Records, rows: Iterable[Row]) -> None:
    """Write rows, durably."""
    with records.transaction() as connection:
        connection.execute(TABLE)
        connection.executemany("INSERT OR IGNORE INTO made VALUES (?, ?)", rows)


def read_made(records: Records, root: Path) -> Claims:
    """Return all that runs have made and that was not removed since, as far as tree lists still name it."""
    rows = dict(list_recorded(records, root))
    if not records.fault:
        records.look(lambda connection: rows.update(load_rows(connection)))
    made = Claims()
    for path, kind in rows.items():
        if kind == PATTERN:
            made.patterns.add(path)
            continue
        made.add([path])
        if kind == LIST:
            add_members(made, read_tree_list(root / path))
    return made


def load_rows(connection: sqlite3.Connection) -> list[Row]:
    """Return all rows; none in a file of an earlier version."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'made'").fetchone():
        return []
    return connection.execute("SELECT path, kind FROM made").fetchall()


def add_members(made: Claims, members: Iterable[str]) -> None:
    """Add the files in a tree list; an earlier version claimed a folder whole, with `/` at the end."""
    for member in members:
        if member.endswith("/"):
            made.patterns.add(f"{re.escape(member)}.*")
            made.add([f"{member}config"])
        else:
            made.add([member])


def forget_made(records: Records, paths: Iterable[str]) -> None:
    """Forget files, or regular expressions, of which nothing is there any more."""
    gone = [(path,) for path in paths]
    if gone:
        with records.transaction() as connection:
            connection.execute(TABLE)
            connection.executemany("DELETE FROM made WHERE path = ?", gone)
