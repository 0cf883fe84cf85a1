"""What is remembered of every task's last good run, in one SQLite file that survives whatever ends a run."""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import doit.cmd_base
from doit.dependency import Dependency, DependencyStatus

from composelib.engine.digests import Digests, tree_digest
from composelib.engine.freshness import Record, Seen, missing_inputs, reasons, see
from composelib.errors import MachineError
from composelib.task import Task

VERSION = 1
SCHEMA = f"""
CREATE TABLE task (name TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE digest (path TEXT PRIMARY KEY, device INT, inode INT, size INT, mtime INT, ctime INT, digest TEXT) WITHOUT ROWID;
CREATE TABLE ignored (name TEXT PRIMARY KEY) WITHOUT ROWID;
PRAGMA user_version = {VERSION};
"""


class State(Dependency):
    """Stands in for doit's own records, for all of its commands: what is fresh is decided in freshness.py.

    A task's record is written, and on disk, before the next step is taken, and is deleted, on disk, before the task
    runs again; so a record means that the outputs it names were made whole from what it names.
    """

    def __init__(self, _backend: object, path: str, **_others: object) -> None:
        self.path = Path(path)
        self.root = self.path.parent
        self.connection: sqlite3.Connection | None = None
        self.records: dict[str, Record] = {}
        self.ignored: set[str] = set()
        self.digests = Digests({})
        self.begun: dict[str, Seen] = {}
        if self.path.exists():
            self.read()

    # reading

    def read(self) -> None:
        """Take in all records at once, changing nothing on disk. A file that cannot be read counts as none."""
        with tempfile.TemporaryDirectory() as folder:
            copy = self.readable(Path(folder))
            try:
                with closing(
                    sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
                ) as connection:
                    self.take(connection)
            except (sqlite3.Error, ValueError, KeyError, TypeError, OSError):
                self.records, self.digests = {}, Digests({})

    def readable(self, folder: Path) -> Path:
        """Give a file that holds all that was committed: the state file, or where it has a log still, a merged copy."""
        log = self.path.with_name(f"{self.path.name}-wal")
        if not log.exists() or not log.stat().st_size:
            return self.path
        copy = folder / self.path.name
        shutil.copy(self.path, copy)
        shutil.copy(log, folder / log.name)
        with suppress(sqlite3.Error), closing(sqlite3.connect(copy)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return copy

    def take(self, connection: sqlite3.Connection) -> None:
        """Read records and digests; raises ValueError for a file of another version."""
        if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            raise ValueError("it is of another version")
        if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise ValueError("it is damaged")
        self.records = {
            name: Record.from_json(text) for name, text in connection.execute("SELECT name, record FROM task")
        }
        self.ignored = {name for (name,) in connection.execute("SELECT name FROM ignored")}
        rows = connection.execute("SELECT path, device, inode, size, mtime, ctime, digest FROM digest")
        self.digests = Digests(
            {
                path: ((device, inode, size, mtime, ctime), digest)
                for path, device, inode, size, mtime, ctime, digest in rows
            }
        )

    # writing

    def writable(self) -> sqlite3.Connection:
        """Open the state file for writing, the first time; one that is broken or of another version is set aside."""
        if self.connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self.connection = self.opened()
            except (sqlite3.DatabaseError, ValueError) as error:
                if isinstance(error, sqlite3.OperationalError) and not self.path.exists():
                    raise MachineError(f"{self.path}: {error}", "is the folder writable?") from None
                self.set_aside(str(error))
                self.connection = self.opened()
        return self.connection

    def opened(self) -> sqlite3.Connection:
        """Open and check the state file, making it if it is not there."""
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=30)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
                connection.executescript(SCHEMA)
            self.take(connection)
        except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
            connection.close()
            raise ValueError(str(error)) from None
        return connection

    def set_aside(self, why: str) -> None:
        """Rename a state file that cannot be used, with one warning; everything is made anew."""
        print(f"warning: {self.path}: {why}; kept as {self.path.name}.bad, all is checked anew", file=sys.stderr)
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        if self.path.is_dir():
            raise MachineError(f"{self.path}: is a folder", "remove it")
        self.path.replace(self.path.with_name(f"{self.path.name}.bad"))
        self.records, self.ignored, self.digests = {}, set(), Digests({})

    def remember_digests(self) -> None:
        """Write the digests that were taken anew, so that no later run reads those files again."""
        if self.digests.changed:
            rows = [(path, *self.digests.known[path][0], self.digests.known[path][1]) for path in self.digests.changed]
            self.writable().executemany("INSERT OR REPLACE INTO digest VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            self.digests.changed.clear()

    # what doit asks

    def get_status(self, task: Any, _tasks: object = None, get_log: bool = False) -> DependencyStatus:  # noqa: ARG002
        """Give doit's answer: `run`, `up-to-date` or, where an input is not there, `error`; reasons as texts."""
        result = DependencyStatus(get_log=True)
        ours: Task | None = task.meta.get("task") if task.meta else None
        task.dep_changed = []
        if ours is None:
            return result
        for path in missing_inputs(ours):
            result.add_reason("missing_file_dep", str(path), "error")
            result.error_reason = f"{path} is not there"
        if result.status != "error":
            for reason in self.why(task):
                result.add_reason("changed_file_dep", reason)
        return result

    def why(self, task: Any) -> list[str]:
        """Say why a doit task has to run; nothing if it is fresh."""
        return reasons(task.meta["task"], task.meta["sources"], self.records.get(task.name), self.digests, self.root)

    def begin(self, task: Any) -> None:
        """Note what a task sees and delete its record, durably, before it runs."""
        self.begun[task.name] = see(task.meta["task"], task.meta["sources"], self.digests)
        self.remove(task.name)

    def save_success(self, task: Any, result_hash: object = None) -> None:  # noqa: ARG002 - doit's signature
        """Record a good run, unless an input changed while it ran: then nobody knows which one was used."""
        ours: Task = task.meta["task"]
        before = self.begun.pop(task.name, None)
        now = see(ours, task.meta["sources"], self.digests)
        if before is not None and (before.inputs, before.sources) != (now.inputs, now.sources):
            print(f"warning: {task.name}: an input changed while it ran; it will run again next time", file=sys.stderr)
            return
        outputs = {str(path): self.digests.of_output(str(path)) or "" for path in ours.outputs}
        trees = {str(path): tree_digest(self.root, path) or "" for path in ours.trees}
        self.keep(task.name, Record(before or now, outputs, trees, getattr(task, "seconds", 0.0)))

    def keep(self, name: str, record: Record) -> None:
        """Write a record."""
        self.writable().execute("INSERT OR REPLACE INTO task VALUES (?, ?)", (name, record.to_json()))
        self.records[name] = record

    def remove(self, name: str) -> None:
        """Delete a record."""
        self.writable().execute("DELETE FROM task WHERE name = ?", (name,))
        self.writable().execute("DELETE FROM ignored WHERE name = ?", (name,))
        self.records.pop(name, None)

    def remove_success(self, task: Any) -> None:
        """Delete a task's record."""
        self.remove(task.name)

    def remove_all(self) -> None:
        """Delete all records."""
        self.writable().execute("DELETE FROM task")
        self.records.clear()

    def ignore(self, task: Any) -> None:
        """Note that a task is to be left out (`doit ignore`)."""
        self.writable().execute("INSERT OR REPLACE INTO ignored VALUES (?)", (task.name,))
        self.ignored.add(task.name)

    def status_is_ignore(self, task: Any) -> bool:
        """Tell whether a task is to be left out."""
        return task.name in self.ignored

    def get_values(self, _name: str) -> dict[str, Any]:
        """Give doit's saved values: there are none, tasks meet in files."""
        return {}

    def get_result(self, _name: str) -> None:
        """Give doit's saved result: there is none."""
        return

    def close(self) -> None:
        """Write what is still to be remembered and let go of the file."""
        if self.connection is not None or self.path.exists():
            self.remember_digests()
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def install() -> None:
    """Let all of doit's commands use this state (doit names its own class in doit.cmd_base, version 0.37)."""
    doit.cmd_base.Dependency = State
