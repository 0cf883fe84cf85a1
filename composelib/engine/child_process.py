"""A task in a process of its own: a crash, a leak or a changed directory stays in it."""

from __future__ import annotations

import errno
import gc
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

from composelib.engine.processes import call_worker, end_children, session
from composelib.errors import ComposeError, MachineError
from composelib.progress import CHANNEL
from composelib.task import Task
from composelib.tools.run import end_with_parent

OWN_BUG = 70  # sysexits.h: EX_SOFTWARE
END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FAILURE = b"\0"  # begins the line that tells a failure; all other lines tell progress
CURES = {
    errno.ENOSPC: "make room on that file system, then run again: it goes on where it was",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "the right to do so is missing",
    errno.EPERM: "the right to do so is missing",
    errno.EFBIG: "the limit on file sizes (ulimit -f) is too low",
    errno.EMFILE: "the limit on open files (ulimit -n) is too low",
    errno.EAGAIN: "the limit on processes (ulimit -u) is too low",
    errno.ENOMEM: "there is too little memory",
    errno.EIO: "a disk may be broken; see dmesg",
}
"""Faults of the machine, with what to do about each."""


@dataclass(frozen=True)
class Failure:
    """Why a task failed: a line for the user and the exit status it asks for."""

    message: str
    hint: str = ""
    status: int = ComposeError.status

    def __str__(self) -> str:
        """Give the line."""
        return f"{self.message}; {self.hint}" if self.hint else self.message


class EndedError(BaseException):
    """The process was asked to end."""


@dataclass
class Worker:
    """A running task: its process, which leads a session of its own, and the pipe it talks through."""

    pid: int
    pidfd: int
    channel: int
    begun: float
    rest: bytes = b""
    failure: Failure | None = None
    silent: bool = False
    """Nothing more can come through the pipe."""

    def read(self) -> Iterator[str]:
        """Take what has come through the pipe; gives the lines of progress among it."""
        with suppress(BlockingIOError):
            while block := os.read(self.channel, 65536):
                self.rest += block
            self.silent = True
        *lines, self.rest = self.rest.split(b"\n")
        for line in lines:
            if line.startswith(FAILURE):
                self.failure = Failure(**json.loads(line.removeprefix(FAILURE)))
            else:
                yield line.decode(errors="replace")

    def end(self) -> Failure | None:
        """Reap the ended process and whatever it left running; gives how it failed, None if it did not."""
        end_children(lambda pid: pid != self.pid and session(pid) == self.pid)  # the dead leader still keeps its ID
        _, status = os.waitpid(self.pid, 0)
        list(self.read())
        os.close(self.pidfd)
        os.close(self.channel)
        code = os.waitstatus_to_exitcode(status)
        if code == 0 or self.failure:
            return self.failure
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        return Failure(f"its process {how}", "memory may have run out; see its log")


def start(task: Task, log: Path, scratch: Path) -> Worker:
    """Start a task's `run` in a child process, its output going to `log`, HOME and TMPDIR to `scratch`.

    Raises OSError when there are too many processes or open files.
    """
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    parent = os.getpid()
    try:
        pid = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        raise
    if pid == 0:
        work(task, log, scratch, writing, parent)
    os.close(writing)
    try:
        return Worker(pid, os.pidfd_open(pid), reading, time.monotonic())
    except OSError:
        os.close(reading)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise


def work(task: Task, log: Path, scratch: Path, channel: int, parent: int) -> NoReturn:
    """Be the child: run the task and end, whatever happens. Signals that ask to end are blocked until it can answer."""
    code = OWN_BUG
    try:
        os.setsid()
        end_with_parent()
        if os.getppid() != parent:
            os._exit(code)
        call_worker()
        for number in END_SIGNALS:
            signal.signal(number, ended)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)
        code = attempt(task, log, scratch, channel)
    except EndedError:
        code = 128 + signal.SIGTERM
    finally:
        os._exit(code)


def ended(_number: int, _frame: FrameType | None) -> NoReturn:
    """Unwind, so that what is half made goes and programs that run are ended."""
    for number in END_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise EndedError


def attempt(task: Task, log: Path, scratch: Path, channel: int) -> int:
    """Run the task; a failure is told through the channel, its traceback in the log."""
    try:
        surround(log, scratch, channel)
        task.run()
        sys.stdout.flush()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, the user gets a line and the log the traceback
        failure = failure_of(error)
        if not isinstance(error, ComposeError):
            traceback.print_exc()
        os.write(channel, FAILURE + json.dumps(vars(failure)).encode() + b"\n")
        with suppress(OSError):
            print(f"error: {failure}", flush=True)
        return failure.status
    return 0


def surround(log: Path, scratch: Path, channel: int) -> None:
    """Set up the surroundings every task has alike: output, environment, umask, garbage collection."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    log.parent.mkdir(parents=True, exist_ok=True)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
    for number in (1, 2):
        os.dup2(output, number)
    scratch.mkdir(parents=True, exist_ok=True)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    gnupg = os.environ.get("GNUPGHOME") or os.path.expanduser("~/.gnupg")  # noqa: PTH111 - before HOME changes
    os.environ |= {
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "HOME": str(scratch.absolute()),
        "TMPDIR": str(scratch.absolute()),
        "GNUPGHOME": gnupg,
        CHANNEL: str(channel),
    }
    time.tzset()
    os.umask(0o022)
    gc.freeze()  # what was loaded before the task is no garbage of the task's
    gc.enable()


def failure_of(error: BaseException) -> Failure:
    """Give an exception as a failure: our own errors as they are, faults of the machine with their cure."""
    if isinstance(error, ComposeError):
        return Failure(error.message, error.hint, error.status)
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        status = MachineError.status if error.errno in CURES else ComposeError.status
        return Failure(f"{place}{error.strerror or error}", CURES.get(error.errno or 0, "see its log"), status)
    if isinstance(error, MemoryError):
        return Failure("there is too little memory", CURES[errno.ENOMEM], MachineError.status)
    bug = f"internal error: {type(error).__name__}: {error}"
    return Failure(bug, "this is a bug; please report it with the log", OWN_BUG)
