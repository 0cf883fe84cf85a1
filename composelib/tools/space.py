"""Space on a file system: to tell that a program failed for want of it, whatever that program made of it."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from composelib.errors import MachineError
from composelib.tools.run import ToolError

HINT = "make room on that file system, then run again: it goes on where it was"
WORDS = (os.strerror(errno.ENOSPC).encode(), b"min-free-space-", b"exceeds free space on media")
"""What programs say; then ostree, which leaves some of a file system free (ostree.repo-config(5)), and xorriso, which looks first."""
NOTHING = 1 << 16  # bytes free with which not even the program's own words may have got into the log
TAIL = 1 << 20  # bytes at the end of the log that are searched


@contextmanager
def needed(place: Path) -> Iterator[None]:
    """Let a program that fails because the file system of the folder `place` is full be the machine's fault.

    Only for programs that write nowhere else: not for those that fill a file system of their own. Raises MachineError.
    """
    begun = logged()
    try:
        yield
    except ToolError:
        if shutil.disk_usage(place).free < NOTHING or any(words in said(begun) for words in WORDS):
            raise MachineError(f"{place}: {os.strerror(errno.ENOSPC)}", HINT) from None
        raise


def logged() -> int:
    """Give how long the log is, which standard error is; 0 when that is not a file."""
    found = os.fstat(2)
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def said(begun: int) -> bytes:
    """Give what the log has had since it was `begun` long; of very much, the end."""
    ended = logged()
    if ended <= begun:
        return b""
    with Path("/proc/self/fd/2").open("rb") as stream:
        stream.seek(max(begun, ended - TAIL))
        return stream.read()
