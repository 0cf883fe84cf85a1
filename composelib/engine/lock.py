"""One writer at a time in a compose's folder."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from composelib.errors import MachineError

ORPHANS_GONE = 10.0  # seconds that a dead run's children get to vanish


@contextmanager
def held(path: Path) -> Iterator[int]:
    """Hold the lock at `path` for the block; gives its file descriptor, which children inherit and so hold, too.

    Children of a run that was killed are ended first. Raises MachineError if a living run holds the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        acquire(descriptor, path)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "begun": begun(os.getpid())}).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def acquire(descriptor: int, path: Path) -> None:
    """Take the lock, or raise MachineError naming who holds it."""
    deadline = time.monotonic() + ORPHANS_GONE
    while not locked(descriptor):
        holder = living_holder(descriptor)
        if holder:
            raise MachineError(f"{path.parent}: process {holder} is at work here", "wait for it, or end it")
        if time.monotonic() > deadline:
            raise MachineError(f"{path}: children of a killed run still hold it", f"see fuser {path}")
        for orphan in openers(path):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(orphan, signal.SIGKILL)
        time.sleep(0.05)


def locked(descriptor: int) -> bool:
    """Try to take the lock."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def living_holder(descriptor: int) -> int:
    """Give the process ID of the run that took the lock if it still lives, else 0."""
    try:
        holder = json.loads(os.pread(descriptor, 1000, 0))
        return int(holder["pid"]) if begun(int(holder["pid"])) == holder["begun"] else 0
    except (ValueError, KeyError, TypeError):
        return 0


def begun(pid: int) -> str:
    """Give a process's start time (proc(5), field 22 of stat), so that a reused ID is told apart; empty if it is dead."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def openers(path: Path) -> list[int]:
    """Give the IDs of the other processes that have the file open."""
    found = []
    wanted = path.stat()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError, ValueError):
            status = link.stat()
            pid = int(link.parts[2])
            if (status.st_dev, status.st_ino) == (wanted.st_dev, wanted.st_ino) and pid != os.getpid():
                found.append(pid)
    return found
