"""How a command ends: its exit status, and its error in one line."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from composelib.engine.child_process import CURES, END_SIGNALS, OWN_BUG, describe_failure
from composelib.engine.doit_errors import explain_wrong_call
from composelib.engine.standard_files import open_standard_files
from composelib.errors import ComposeError, ConfigError, MachineError
from composelib.files import write_file
from composelib.program import INSTALLED

INTERRUPTED = 128  # plus the signal's number, as shells have it


class InterruptedRunError(BaseException):
    """A signal asked the run to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class ManyError(ComposeError):
    """Several errors, reported together."""

    def __init__(self, errors: Sequence[ComposeError]) -> None:
        super().__init__("\nerror: ".join(map(str, errors)))
        self.status = max(error.status for error in errors)


def run_action(action: Callable[[], int | None], find_crash_log: Callable[[], Path | None] = lambda: None) -> int:
    """Run a command's action, print the error that it raises in one line, and return the exit status.

    The traceback of a bug of ours goes to the file that `find_crash_log` returns, or to a new temporary one.
    """
    open_standard_files()
    try:
        status = action()
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt, InterruptedRunError) as end:  # noqa: BLE001 - the user gets a line, whatever it is
        return conclude(end, find_crash_log)
    return status or 0


def conclude(end: BaseException, find_crash_log: Callable[[], Path | None] = lambda: None) -> int:
    """Print the line for what ended a command, unless it was interrupted or not read on; return the exit status."""
    if isinstance(end, BrokenPipeError):  # `| head` has read enough
        discard_stdout()
        return 0
    if isinstance(end, InterruptedRunError):
        return INTERRUPTED + end.number
    if isinstance(end, Exception):
        return print_error(end, find_crash_log)
    return INTERRUPTED + signal.SIGINT


def print_error(error: Exception, find_crash_log: Callable[[], Path | None]) -> int:
    """Print an error's line; return its exit status."""
    status = find_status(error)
    line = describe_bug(error, find_crash_log()) if status == OWN_BUG else describe_error(error)
    with suppress(OSError):
        print(f"error: {line}", file=sys.stderr, flush=True)
    return status


def find_status(error: Exception) -> int:
    """Return the exit status for an error."""
    if isinstance(error, ComposeError):
        return error.status
    if explain_wrong_call(error):
        return ConfigError.status
    return MachineError.status if isinstance(error, (OSError, sqlite3.Error)) else OWN_BUG


def describe_error(error: Exception) -> str:
    """Return the line for an error; a fault of the machine comes with its cure."""
    if isinstance(error, OSError):
        cure = CURES.get(error.errno or 0, "")
        return "; ".join(filter(None, (describe_failure(error).message, cure)))
    return explain_wrong_call(error) or str(error).strip()


def describe_bug(error: Exception, log: Path | None) -> str:
    """Return the line for a bug of ours, and write its traceback to the log, or to a new temporary file."""
    line = f"internal error: {type(error).__name__}: {error}; this is a bug, please report it"
    with suppress(OSError):
        log = log or make_temporary_log()
        write_file(log, "".join(traceback.format_exception(error)))
        line += f" with {log}"
    return line


def make_temporary_log() -> Path:
    """Make an empty file, which stays, in the folder for temporary ones."""
    descriptor, name = tempfile.mkstemp(".log", f"{INSTALLED}-")
    os.close(descriptor)
    return Path(name)


def discard_stdout() -> None:
    """Send what is still written to standard output to /dev/null: its reader has gone."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let the first signal that asks to end raise InterruptedRunError; later ones are ignored, as the run is ending.

    Signals that the caller had ignored (`nohup doit`) stay ignored.
    """
    numbers = [number for number in END_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]

    def ignore_all() -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)

    def interrupt(number: int, _frame: FrameType | None) -> NoReturn:
        ignore_all()
        raise InterruptedRunError(number)

    for number in numbers:
        signal.signal(number, interrupt)
    yield
    ignore_all()  # the result is reported, there is nothing to interrupt
