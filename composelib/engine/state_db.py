"""The record of every task's last successful run, in one SQLite file that survives however a run ends."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import xxhash

from composelib.engine.child_process import CURES
from composelib.engine.digests import Digests
from composelib.engine.freshness import TaskRecord
from composelib.engine.memory import load_texts
from composelib.engine.seals import load_seals
from composelib.engine.trees import Trees
from composelib.errors import MachineError
from composelib.files import break_link, discard, written_aside

VERSION = 1
SOURCES = "CREATE TABLE IF NOT EXISTS source (digest TEXT PRIMARY KEY, modules TEXT NOT NULL) WITHOUT ROWID"
"""Each stage's own source, once for all records that name it. Earlier programs do not have this table."""
SCHEMA = f"""
BEGIN;
CREATE TABLE task (name TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE digest (path TEXT PRIMARY KEY, device INT, inode INT, size INT, mtime INT, ctime INT, digest TEXT)
  WITHOUT ROWID;
CREATE TABLE ignored (name TEXT PRIMARY KEY) WITHOUT ROWID;
{SOURCES};
PRAGMA user_version = {VERSION};
COMMIT;
"""
BROKEN = (
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
)
"""SQLite's errors for a file that it can never write to; others, such as a full disk, may pass."""
NO_SPACE = 1 << 20
"""A file system with fewer free bytes counts as full."""
UNREADABLE = (sqlite3.Error, ValueError, KeyError, TypeError, OSError)
"""The errors of a state file that cannot be read."""


class Records:
    """The records; each write and deletion is durable when the method returns."""

    def __init__(self, path: Path, warn: Callable[[str], None]) -> None:
        self.path = path
        self.warn = warn
        self.connection: sqlite3.Connection | None = None
        self.fault = ""
        """Why the file cannot be used."""
        self.tasks: dict[str, TaskRecord] = {}
        self.ignored: set[str] = set()
        self.digests = Digests({})
        self.trees = Trees(path.parent)
        self.sources: dict[str, str] = {}
        """The stages' own sources, by their digests: a line for each module, with its digest."""
        self.seals: dict[str, str] = {}
        """The digests of the published trees, by their names."""
        self.texts: dict[str, str] = {}
        """What tasks remember, by their names (memory.py)."""

    def read(self) -> None:
        """Read all records at once, changing nothing on disk; a file that cannot be read counts as empty."""
        self.look(self.load)

    def look(self, load: Callable[[sqlite3.Connection], None]) -> None:
        """Let `load` read the file, changing nothing on disk; a file that cannot be read counts as empty."""
        log = self.beside("-wal")
        if self.connection is not None:
            load(self.connection)
        elif not os.path.lexists(self.path):
            return
        elif self.path.is_symlink() or not self.path.is_file():
            self.fault = "it is no regular file"
        else:
            try:
                if log.exists() and log.stat().st_size:
                    self.read_copy(load)
                else:
                    self.read_from(self.path, load)
            except FileNotFoundError:  # a run ended meanwhile, and put the log's content into the file
                self.look(load)

    def read_copy(self, load: Callable[[sqlite3.Connection], None]) -> None:
        """Read a copy of a state file that has a write-ahead log, because its run goes on or was killed."""
        import tempfile  # noqa: PLC0415 - seldom needed, and slow to load

        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder, self.path.name)
            for _ in range(10):  # until no checkpoint was written meanwhile
                status = self.path.stat()
                shutil.copy(self.path, copy)
                shutil.copy(self.beside("-wal"), copy.with_name(f"{copy.name}-wal"))
                if self.path.stat().st_mtime_ns == status.st_mtime_ns:
                    break
            with suppress(sqlite3.Error), closing(sqlite3.connect(copy)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.read_from(copy, load)

    def read_from(self, path: Path, load: Callable[[sqlite3.Connection], None]) -> None:
        """Read a state file that no process writes to."""
        source = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(source, uri=True)) as connection:
                load(connection)
        except UNREADABLE as error:
            self.forget_all()
            self.fault = str(error)

    def load(self, connection: sqlite3.Connection) -> None:
        """Read records and digests. Raise ValueError for a damaged file or one of another version."""
        if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            raise ValueError("it is of another version")
        if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise ValueError("it is damaged")
        self.tasks = {
            name: TaskRecord.from_json(text) for name, text in connection.execute("SELECT name, record FROM task")
        }
        self.ignored = {name for (name,) in connection.execute("SELECT name FROM ignored")}
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'source'").fetchone():
            self.sources = dict(connection.execute("SELECT digest, modules FROM source"))
        self.texts = load_texts(connection)
        self.seals = load_seals(connection)
        rows = connection.execute("SELECT path, device, inode, size, mtime, ctime, digest FROM digest")
        self.digests.entries = {path: (tuple(signature), digest) for path, *signature, digest in rows}
        self.trees.load(connection)

    def forget_all(self) -> None:
        """Drop all records from memory."""
        self.tasks, self.ignored, self.digests, self.sources, self.texts = {}, set(), Digests({}), {}, {}
        self.seals = {}
        self.trees = Trees(self.path.parent)

    # writing

    def writable(self) -> sqlite3.Connection:
        """Return the connection for writing; a file that is broken or of another version is set aside first."""
        if self.connection is None:
            if self.fault:
                self.set_aside(self.fault)
            try:
                self.connection = self.connect()
            except sqlite3.Error as error:
                if error.sqlite_errorcode & 0xFF not in BROKEN or not self.path.exists():
                    raise
                self.set_aside(str(error))
                self.connection = self.connect()
        return self.connection

    def connect(self) -> sqlite3.Connection:
        """Open the state file, creating it if it is missing."""
        if not self.path.exists():
            with written_aside(self.path) as aside, closing(sqlite3.connect(aside)) as connection:
                connection.executescript(SCHEMA)
        for suffix in ("", "-wal", "-shm"):
            break_link(self.beside(suffix))
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=30)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(SOURCES)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Make the block one durable transaction, rolled back on error. Raise MachineError if the disk is full or broken."""
        try:
            connection = self.writable()
            with connection:
                connection.execute("BEGIN")
                yield connection
        except sqlite3.Error as error:
            full = shutil.disk_usage(self.path.parent).free < NO_SPACE
            hint = CURES[errno.ENOSPC if full else errno.EIO]
            reason = os.strerror(errno.ENOSPC) if full else error
            raise MachineError(f"{self.path}: {reason}", hint) from None

    def set_aside(self, fault: str) -> None:
        """Rename a state file that cannot be used, with one warning; all tasks will run again."""
        bad = self.beside(".bad")
        self.warn(f"{self.path}: {fault}; renamed to {bad.name}, all tasks run again")
        for suffix in ("-wal", "-shm"):
            discard(self.beside(suffix))
        discard(bad)
        self.path.replace(bad)
        self.fault = ""

    def beside(self, suffix: str) -> Path:
        """Return the path of a file beside the state file."""
        return self.path.with_name(f"{self.path.name}{suffix}")

    def keep(self, name: str, record: TaskRecord) -> None:
        """Write a task's record."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO task VALUES (?, ?)", (name, record.to_json()))
            source = record.seen.source
            connection.execute("INSERT OR IGNORE INTO source VALUES (?, ?)", (source, self.sources.get(source, "")))
        self.tasks[name] = record

    def name_source(self, modules: str) -> str:
        """Return the digest by which records name a stage's own source."""
        digest = xxhash.xxh3_128_hexdigest(modules.encode())
        self.sources[digest] = modules
        return digest

    def remove(self, name: str) -> None:
        """Delete a task's record, and the note that it is to be skipped."""
        if name not in self.tasks and name not in self.ignored:
            return
        with self.transaction() as connection:
            connection.execute("DELETE FROM task WHERE name = ?", (name,))
            connection.execute("DELETE FROM ignored WHERE name = ?", (name,))
        self.tasks.pop(name, None)
        self.ignored.discard(name)

    def remove_all(self) -> None:
        """Delete all records."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM task")
            connection.execute("DELETE FROM ignored")
        self.tasks.clear()
        self.ignored.clear()

    def ignore(self, name: str) -> None:
        """Record that a task is to be skipped."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO ignored VALUES (?)", (name,))
        self.ignored.add(name)

    def remember_digests(self) -> None:
        """Write the new digests, so that later runs need not read those files again."""
        digests = self.digests
        if digests.forgotten:
            with self.transaction() as connection:
                connection.executemany("DELETE FROM digest WHERE path = ?", [(path,) for path in digests.forgotten])
            digests.forgotten.clear()
        if digests.changed:
            rows = [(path, *signature, digest) for path, (signature, digest) in digests.list_changed()]
            with self.transaction() as connection:
                connection.executemany("INSERT OR REPLACE INTO digest VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            digests.changed.clear()
        if self.trees.changed or self.trees.forgotten:
            with self.transaction() as connection:
                self.trees.save(connection)

    def forget_digests(self) -> None:
        """Delete the digests of files that no task has any more."""
        gone = self.digests.entries.keys() - self.digests.used
        if gone:
            self.digests.changed -= gone
            with self.transaction() as connection:
                connection.executemany("DELETE FROM digest WHERE path = ?", [(path,) for path in gone])

    def forget_sources(self) -> None:
        """Delete the sources that no record names any more."""
        gone = self.sources.keys() - {record.seen.source for record in self.tasks.values()}
        if gone:
            with self.transaction() as connection:
                connection.executemany("DELETE FROM source WHERE digest = ?", [(digest,) for digest in gone])

    def close(self) -> None:
        """Close the file."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
