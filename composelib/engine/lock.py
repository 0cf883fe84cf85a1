"""The lock that allows one writer at a time in a compose's folder."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from composelib.engine.live_progress import NAME, LiveProgress
from composelib.engine.processes import has_open, is_worker, kill_all, read_start_time, was_started_below
from composelib.errors import MachineError
from composelib.files import break_link, list_mounts, remove_tree
from composelib.tools.run import run

ORPHAN_SECONDS = 10.0
"""Seconds within which killed processes have to end."""
START_SECONDS = 0.5
"""Seconds within which a run that has taken the lock writes its process ID into it."""


@contextmanager
def hold_lock(path: Path, scratch: Path) -> Iterator[None]:
    """Hold the lock at `path` for the block; child processes hold it, too, through the inherited file descriptor.

    First end what a killed run has left running: its children, recognized by their hold on the lock, and the programs
    they started, recognized by a variable that names a folder below `scratch`; unmount what they mounted beside `scratch`, and remove `scratch`,
    what builds left there of users who are none here, and what the run said of its progress.
    Raise MachineError if a living run holds the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise MachineError(f"{path}: is no regular file", "remove it if no run is at work here")
    descriptor = open_held(path)
    try:
        was_killed = os.fstat(descriptor).st_size > 0  # the last holder would have emptied it
        record_holder(descriptor)
        if was_killed:
            end_orphans(lambda pid: was_started_below(pid, scratch), path)
            for mount in list_left_mounts(scratch.parent):
                run(["umount", mount])
            from composelib.building.confinement import clear_lent  # noqa: PLC0415 - only after a kill

            clear_lent(scratch.parent)
            remove_tree(scratch)
            LiveProgress(path.with_name(NAME)).remove()
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def open_held(path: Path) -> int:
    """Open the lock and take it; return its descriptor. Raise MachineError if a living run holds it.

    A lock with further names becomes a file of its own, as the holder writes into it.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        try:
            acquire(descriptor, path)
            break_link(path)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), path.lstat()):
                    return descriptor
        except BaseException:  # a signal, too, must not leave the file locked
            os.close(descriptor)
            raise
        os.close(descriptor)


def list_left_mounts(work: Path) -> list[Path]:
    """Return what programs of a killed run left mounted below the folder of intermediate files.

    The folder itself may be a mount of the user's, or a link to a disk: that stays, and so does all below a link.
    """
    return [] if work.is_symlink() else [mount for mount in list_mounts(work) if mount != work.resolve()]


def record_holder(descriptor: int) -> None:
    """Write this process's ID and start time into the lock; on a full disk go without, as pruning is what cures that."""
    holder = {"pid": os.getpid(), "begun": read_start_time(os.getpid())}
    try:
        os.pwrite(descriptor, json.dumps(holder).encode().ljust(80), 0)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise


def acquire(descriptor: int, path: Path) -> None:
    """Take the lock. Raise MachineError naming the process that holds it."""
    deadline = time.monotonic() + START_SECONDS
    file = os.fstat(descriptor)
    while not try_lock(descriptor):
        holder = living_holder(descriptor)
        if holder:
            raise MachineError(f"{path.parent}: process {holder} is at work here", "wait for it, or end it")
        if time.monotonic() > deadline:
            end_orphans(lambda pid: is_worker(pid) and has_open(pid, file), path)
        time.sleep(0.02)


def end_orphans(matches: Callable[[int], bool], path: Path) -> None:
    """Kill the processes that a dead run has left running. Raise MachineError if that takes too long."""
    if not kill_all(matches, ORPHAN_SECONDS):
        raise MachineError(
            f"{path.parent}: programs of a killed run are still running", f"`fuser -v {path}` lists them: end them"
        )


def try_lock(descriptor: int) -> bool:
    """Try to take the lock; return whether that succeeded."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def living_holder(descriptor: int) -> int:
    """Return the process ID of the run that took the lock if it is alive, else 0."""
    try:
        holder = json.loads(os.pread(descriptor, 1000, 0))
        return int(holder["pid"]) if read_start_time(int(holder["pid"])) == holder["begun"] else 0
    except (ValueError, KeyError, TypeError):
        return 0
