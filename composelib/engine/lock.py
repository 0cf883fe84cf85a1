"""One writer at a time in a compose's folder."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from composelib.engine.processes import begun, has_open, is_worker, kill_all, works_below
from composelib.errors import MachineError
from composelib.files import mounts_below, remove_tree
from composelib.tools.run import run

ORPHANS_GONE = 10.0  # seconds that a dead run's children get to vanish
STARTING = 0.5  # seconds in which a run that has the lock writes who it is


@contextmanager
def held(path: Path, scratch: Path) -> Iterator[None]:
    """Hold the lock at `path` for the block; the children of this process hold it, too, by their open files.

    What a run that was killed has left running is ended first: its children, known by their hold on the lock, and the
    programs they started, known by their HOME below `scratch`; what they mounted beside it is unmounted, and `scratch` is gone.
    Raises MachineError if a living run holds the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        acquire(descriptor, path)
        died = os.fstat(descriptor).st_size > 0  # who held it last did not come to its end
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "begun": begun(os.getpid())}).encode().ljust(80), 0)
        if died:
            end_orphans(lambda pid: works_below(pid, scratch), path)
            for mount in mounts_below(scratch.parent):
                run(["umount", mount], package="mount")
            remove_tree(scratch)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def acquire(descriptor: int, path: Path) -> None:
    """Take the lock, or raise MachineError naming who holds it."""
    deadline = time.monotonic() + STARTING
    file = os.fstat(descriptor)
    while not locked(descriptor):
        holder = living_holder(descriptor)
        if holder:
            raise MachineError(f"{path.parent}: process {holder} is at work here", "wait for it, or end it")
        if time.monotonic() > deadline:
            end_orphans(lambda pid: is_worker(pid) and has_open(pid, file), path)
        time.sleep(0.02)


def end_orphans(chosen: Callable[[int], bool], path: Path) -> None:
    """Kill what a dead run has left; raises MachineError if it does not go."""
    if not kill_all(chosen, ORPHANS_GONE):
        raise MachineError(f"{path.parent}: programs of a run that was killed are still at work", f"see fuser {path}")


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
