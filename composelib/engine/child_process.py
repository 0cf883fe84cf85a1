"""Runs a task in a process of its own, so that its crash, leak or change of directory affects no other task."""

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
from pathlib import Path
from types import FrameType
from typing import NoReturn

from composelib.dataclass import dataclass
from composelib.engine.processes import end_children, name_worker, read_session
from composelib.engine.task_log import escape_log
from composelib.engine.task_share import WHOLE, TaskShare, enter_share
from composelib.errors import ArchiveMovedError, ComposeError, MachineError
from composelib.files import open_own
from composelib.program import PROGRAM
from composelib.progress import CHANNEL
from composelib.task import Task
from composelib.text.escape import escape_stream
from composelib.tools.run import STARTER, end_with_parent
from composelib.tools.space import MAKE_ROOM

OWN_BUG = 70  # sysexits.h: EX_SOFTWARE
END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FAILURE = b"\0"
"""The first byte of a line that holds a failure, as JSON; all other lines are progress."""
CURES = {
    errno.ENOSPC: MAKE_ROOM,
    errno.EDQUOT: "make room within your disk quota, then run again",
    errno.EROFS: "mount the file system read-write, or use another folder with build=DIR",
    errno.EACCES: "change the owner or mode of the file or its folder, or run as a user who has access",
    errno.EPERM: "run as the owner of the file, or as root",
    errno.EFBIG: "raise the limit on file sizes (ulimit -f)",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.EAGAIN: "raise the limit on processes (ulimit -u)",
    errno.ENOMEM: f"free memory, or run fewer tasks at a time ({PROGRAM} -n 1)",
    errno.EIO: "the disk may be broken: see dmesg",
}
"""What to do about each fault of the machine."""
FILE_SYSTEM = frozenset(CURES[number] for number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO))
"""The cures of faults that every task would meet."""


@dataclass(frozen=True)
class TaskFailure:
    """Why a task failed: a line for the user, and the exit status that the run ends with because of it."""

    message: str
    hint: str = ""
    status: int = ComposeError.status
    moved: bool = False
    """Whether an archive changed while the task read it, so that the run has to begin anew."""

    @property
    def meets_all(self) -> bool:
        """Whether any other task would fail in the same way: the file system is full, read-only or broken."""
        return self.hint in FILE_SYSTEM

    def __str__(self) -> str:
        """Return the line."""
        return f"{self.message}; {self.hint}" if self.hint else self.message


class EndRequestError(BaseException):
    """A signal asked the process to end."""


@dataclass
class Worker:
    """A running task: its process, which leads a session of its own, and the pipe it reports through."""

    pid: int
    pidfd: int
    channel: int
    begun: float
    rest: bytes = b""
    """The beginning of a line whose end has not come yet."""
    failure: TaskFailure | None = None
    silent: bool = False
    """Whether the pipe is closed at its other end."""
    share: TaskShare = WHOLE

    def read(self) -> Iterator[str]:
        """Read what has come through the pipe; yield the lines of progress."""
        with suppress(BlockingIOError):
            while block := os.read(self.channel, 65536):
                self.rest += block
            self.silent = True
        *lines, self.rest = self.rest.split(b"\n")
        for line in lines:
            if line.startswith(FAILURE):
                self.failure = TaskFailure(**json.loads(line.removeprefix(FAILURE)))
            else:
                yield line.decode(errors="replace")

    def end(self) -> TaskFailure | None:
        """Reap the ended process and end the processes that it left running; return its failure, None if it succeeded."""
        end_children(
            lambda pid: pid != self.pid and read_session(pid) == self.pid
        )  # unreaped, the dead leader keeps its ID
        _, status = os.waitpid(self.pid, 0)
        list(self.read())
        os.close(self.pidfd)
        os.close(self.channel)
        code = os.waitstatus_to_exitcode(status)
        if code == 0 or self.failure:
            return self.failure
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        return TaskFailure(f"its process {how}", "memory may have run out; see its log")


def start(task: Task, log: Path, scratch: Path, share: TaskShare = WHOLE) -> Worker:
    """Start a task's `run` in a child process, with its output in `log` and HOME and TMPDIR in `scratch`, within its share.

    Raise OSError when there are too many processes or open files.
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
        work(task, log, scratch, writing, parent, share)
    os.close(writing)
    try:
        return Worker(pid, os.pidfd_open(pid), reading, time.monotonic(), share=share)
    except OSError:
        os.close(reading)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise


def work(task: Task, log: Path, scratch: Path, channel: int, parent: int, share: TaskShare) -> NoReturn:
    """Run the task in the child process and exit. Signals that ask to end stay blocked until they can be handled."""
    code = OWN_BUG
    try:
        os.setsid()
        end_with_parent()
        if os.getppid() != parent:
            os._exit(code)
        name_worker()
        for number in END_SIGNALS:
            signal.signal(number, raise_end_request)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)
        enter_share(share)
        code = attempt(task, log, scratch, channel)
    except EndRequestError:
        code = 128 + signal.SIGTERM
    finally:
        os._exit(code)


def raise_end_request(_number: int, _frame: FrameType | None) -> NoReturn:
    """Unwind the stack, so that unfinished files are removed and running programs ended."""
    for number in END_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise EndRequestError


def attempt(task: Task, log: Path, scratch: Path, channel: int) -> int:
    """Run the task; send a failure through the channel and write its traceback to the log. Return the exit status."""
    log = log.absolute()
    try:
        set_up(log, scratch, channel)
        task.run()
        sys.stdout.flush()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, the user gets a line and the log the traceback
        failure = describe_failure(error)
        if not isinstance(error, ComposeError):
            traceback.print_exc()
        os.write(channel, FAILURE + json.dumps(vars(failure)).encode() + b"\n")
        with suppress(OSError):
            print(f"error: {failure}", flush=True)
        return failure.status
    finally:
        with suppress(OSError):
            escape_log(log)
    return 0


def set_up(log: Path, scratch: Path, channel: int) -> None:
    """Set up what is the same for every task: output, environment, umask, garbage collection."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    output = open_own(log, os.O_WRONLY | os.O_TRUNC | os.O_APPEND)
    for number in (1, 2):
        os.dup2(output, number)
    scratch.mkdir(parents=True, exist_ok=True)
    sys.stdout, sys.stderr = (
        escape_stream(os.fdopen(number, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False))
        for number in (1, 2)
    )
    gnupg = os.environ.get("GNUPGHOME") or os.path.expanduser("~/.gnupg")  # noqa: PTH111 - before HOME changes
    os.environ |= {
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "HOME": str(scratch.absolute()),
        "TMPDIR": str(scratch.absolute()),
        "GNUPGHOME": gnupg,
        STARTER: str(scratch.absolute()),
        CHANNEL: str(channel),
    }
    time.tzset()
    os.umask(0o022)
    gc.freeze()  # the collector need not look at the modules that are loaded already
    gc.enable()


def describe_failure(error: BaseException) -> TaskFailure:
    """Return the failure for an exception: our own errors as they are, faults of the machine with their cure."""
    if isinstance(error, ComposeError):
        return TaskFailure(error.message, error.hint, error.status, isinstance(error, ArchiveMovedError))
    if isinstance(error, OSError):
        path = f"{error.filename}: " if error.filename else ""
        status = MachineError.status if error.errno in CURES else ComposeError.status
        return TaskFailure(f"{path}{error.strerror or error}", CURES.get(error.errno or 0, "see its log"), status)
    if isinstance(error, MemoryError):
        return TaskFailure("there is too little memory", CURES[errno.ENOMEM], MachineError.status)
    bug = f"internal error: {type(error).__name__}: {error}"
    return TaskFailure(bug, "this is a bug; please report it with the log", OWN_BUG)
