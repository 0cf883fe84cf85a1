"""Free space on a file system: whether a failed program ran out of it, whatever its exit status."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path

from composelib.errors import MachineError

MAKE_ROOM = "make room on that file system, then run again: the run continues where it stopped"
WORDS = (os.strerror(errno.ENOSPC).encode(), b"min-free-space-", b"exceeds free space on media")
"""What programs print when the disk is full: most of them strerror(3); ostree, which reserves some space; xorriso."""
FULL = 1 << 16  # with fewer bytes free than this, not even the program's message may have got into the log
TAIL = 1 << 20  # bytes at the end of the log that are searched


def measure_log() -> int:
    """Return the size of the task's log, to which standard error goes; 0 if that is not a file."""
    status = os.fstat(2)
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def check_space(start: int) -> None:
    """Raise MachineError if a program that just failed ran out of space; the log was `start` bytes long before it ran.

    Whatever tasks write lies on the file system of their logs.
    """
    if not stat.S_ISREG(os.fstat(2).st_mode):
        return
    disk = find_mount(Path("/proc/self/fd/2").readlink())
    if shutil.disk_usage(disk).free < FULL or any(words in read_log(start) for words in WORDS):
        raise MachineError(f"{disk}: {os.strerror(errno.ENOSPC)}", MAKE_ROOM)


def find_mount(path: Path) -> Path:
    """Return where the file system of an absolute path is mounted."""
    return next(folder for folder in (path, *path.parents) if folder.is_mount())


def read_log(start: int) -> bytes:
    """Return the log from byte `start` on, but at most TAIL bytes at its end."""
    end = measure_log()
    if end <= start:
        return b""
    with Path("/proc/self/fd/2").open("rb") as stream:
        stream.seek(max(start, end - TAIL))
        return stream.read()
