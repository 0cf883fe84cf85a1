"""A task in a process of its own: a crash, a leak or a changed directory stays in it."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from composelib.engine.lock import begun
from composelib.errors import ComposeError
from composelib.progress import CHANNEL
from composelib.task import Task
from composelib.tools.run import end_with_parent

OWN_BUG = 70  # sysexits.h: EX_SOFTWARE


@dataclass(frozen=True)
class Failure:
    """Why a task failed: a line for the user and the exit status it asks for."""

    message: str
    hint: str
    status: int


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
    messages: list[dict[str, Any]] = field(default_factory=list)

    def read(self) -> Iterator[str]:
        """Take what has come through the pipe; gives the lines of progress among it."""
        with suppress(BlockingIOError):
            while block := os.read(self.channel, 65536):
                self.rest += block
        *lines, self.rest = self.rest.split(b"\n")
        for line in lines:
            if line.startswith(b"{"):
                self.messages.append(json.loads(line))
            else:
                yield line.decode(errors="replace")

    def end(self) -> Failure | None:
        """Reap the ended process and whatever it left running; gives how it failed, None if it did not."""
        _, status = os.waitpid(self.pid, 0)
        list(self.read())
        end_session(self.pid)
        os.close(self.pidfd)
        os.close(self.channel)
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            return None
        told = self.messages[-1] if self.messages else {}
        if "message" in told:
            return Failure(told["message"], told["hint"], told["status"])
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        return Failure(f"its process {how}", "memory may have run out; see its log", 1)


def start(task: Task, log: Path, scratch: Path) -> Worker:
    """Start a task's `run` in a child process, its output going to `log`, HOME and TMPDIR to `scratch`."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        work(task, log, scratch, writing, parent)
    os.close(writing)
    return Worker(pid, os.pidfd_open(pid), reading, time.monotonic())


def work(task: Task, log: Path, scratch: Path, channel: int, parent: int) -> NoReturn:
    """Be the child: run the task and end, whatever happens."""
    code = OWN_BUG
    try:
        os.setsid()
        end_with_parent()
        if os.getppid() != parent:
            os._exit(1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, ended)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        surround(log, scratch, channel)
        code = attempt(task, channel)
    except EndedError:
        code = 128 + signal.SIGTERM
    finally:
        os._exit(code)


def ended(_number: int, _frame: FrameType | None) -> NoReturn:
    """Unwind, so that what is half made goes and programs that run are ended."""
    raise EndedError


def surround(log: Path, scratch: Path, channel: int) -> None:
    """Set up the surroundings every task has alike: output, environment, umask, garbage collection."""
    log.parent.mkdir(parents=True, exist_ok=True)
    scratch.mkdir(parents=True, exist_ok=True)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, source in ((0, nothing), (1, output), (2, output)):
        os.dup2(source, number)
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
    gc.enable()


def attempt(task: Task, channel: int) -> int:
    """Run the task; a failure is told through the channel, its traceback in the log."""
    try:
        task.run()
    except ComposeError as error:
        failure = Failure(error.message, error.hint, error.status)
    except OSError as error:
        traceback.print_exc()
        failure = Failure(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "), machine_hint(error), 3)
    except Exception as error:  # noqa: BLE001 - whatever it is, the user gets a line and the log the traceback
        traceback.print_exc()
        failure = Failure(
            f"internal error: {type(error).__name__}: {error}", "this is a bug; please report it with the log", OWN_BUG
        )
    else:
        return 0
    print(f"error: {failure.message}" + (f"; {failure.hint}" if failure.hint else ""), flush=True)
    os.write(channel, json.dumps(vars(failure)).encode() + b"\n")
    return failure.status


def machine_hint(error: OSError) -> str:
    """Give the cure for a fault of the machine."""
    import errno  # noqa: PLC0415 - only when something failed

    cures = {
        errno.ENOSPC: "make room on that file system, then run again: it goes on where it was",
        errno.EDQUOT: "the disk quota is used up",
        errno.EROFS: "the file system is read-only",
        errno.EACCES: "the right to do so is missing",
        errno.EFBIG: "the limit on file sizes (ulimit -f) is too low",
    }
    return cures.get(error.errno or 0, "see its log")


def end_session(session: int) -> None:
    """Kill every process that belongs to a worker's session."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and session_of(process) == session and begun(int(process.name)):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(int(process.name), signal.SIGKILL)


def session_of(process: Path) -> int:
    """Give a process's session ID (proc(5), field 6 of stat), 0 if it is gone."""
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[3])
    except OSError:
        return 0
