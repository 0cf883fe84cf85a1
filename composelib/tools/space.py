"""Space on a file system: to tell that a program failed for want of it, whatever that program made of it."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path

from composelib.errors import MachineError

HINT = "make room on that file system, then run again: it goes on where it was"
WORDS = (os.strerror(errno.ENOSPC).encode(), b"min-free-space-", b"exceeds free space on media")
"""What programs say; then ostree, which leaves some of a file system free (ostree.repo-config(5)), and xorriso, which looks first."""
NOTHING = 1 << 16  # bytes free with which not even the program's own words may have got into the log
TAIL = 1 << 20  # bytes at the end of the log that are searched


def logged() -> int:
    """Give how long the task's log is, which standard error is; 0 when that is not a file."""
    found = os.fstat(2)
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def check(begun: int) -> None:
    """Raise MachineError if a program that just failed ran out of space; the log was `begun` bytes long before it.

    All that tasks write lies on the file system of their logs.
    """
    if not stat.S_ISREG(os.fstat(2).st_mode):
        return
    disk = mount_point(Path("/proc/self/fd/2").readlink())
    if shutil.disk_usage(disk).free < NOTHING or any(words in said(begun) for words in WORDS):
        raise MachineError(f"{disk}: {os.strerror(errno.ENOSPC)}", HINT)


def mount_point(path: Path) -> Path:
    """Give where the file system that has an absolute path is mounted."""
    return next(folder for folder in (path, *path.parents) if folder.is_mount())


def said(begun: int) -> bytes:
    """Give what the log has had since it was `begun` long; of very much, the end."""
    ended = logged()
    if ended <= begun:
        return b""
    with Path("/proc/self/fd/2").open("rb") as stream:
        stream.seek(max(begun, ended - TAIL))
        return stream.read()
