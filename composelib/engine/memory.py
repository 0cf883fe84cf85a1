"""What a compose remembers from one run to the next: texts in the state database. Outputs only repeat them.

A task that has `memory` finds there what its last successful run left; the engine itself keeps STATUS.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from composelib.files import write_file

if TYPE_CHECKING:
    from composelib.engine.state_db import Records

TABLE = "CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID"
STATUS = "STATUS"
"""The name of the state of the compose in one word; all others are those of tasks."""


def load_texts(connection: sqlite3.Connection) -> dict[str, str]:
    """Return all texts by their names; none in a file of an earlier version."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'memory'").fetchone():
        return {}
    return dict(connection.execute("SELECT name, text FROM memory"))


def recall(records: Records, name: str) -> str:
    """Return a text; empty if there is none."""
    return records.texts.get(name, "")


def remember(records: Records, name: str, text: str) -> None:
    """Keep a text, durably, if it is another one."""
    if recall(records, name) == text:
        return
    with records.transaction() as connection:
        connection.execute(TABLE)
        connection.execute("INSERT OR REPLACE INTO memory VALUES (?, ?)", (name, text))
    records.texts[name] = text


def hand_out(records: Records, task: Any) -> None:
    """Write the file in which a doit task finds what it remembers."""
    path = task.meta["task"].memory
    if path is None:
        return
    text = recall(records, task.name)
    if text:
        write_file(path, text)
    else:
        path.unlink(missing_ok=True)


def take_back(records: Records, task: Any) -> None:
    """Keep what a doit task that has succeeded left to be remembered."""
    path = task.meta["task"].memory
    if path is not None:
        with suppress(FileNotFoundError):
            remember(records, task.name, path.read_text())
            path.unlink()
