"""How a command ends: its exit status, its error in a line."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from doit.cmdparse import CmdParseError
from doit.exceptions import InvalidCommand

from composelib.engine.child_process import ENDING, OWN_BUG, failure_of
from composelib.errors import ComposeError, ConfigError, MachineError
from composelib.files import write

INTERRUPTED = 128  # plus the signal's number, as shells have it


class InterruptedRunError(BaseException):
    """A signal asked the run to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class ManyError(ComposeError):
    """Several errors, to be told at once."""

    def __init__(self, errors: Sequence[ComposeError]) -> None:
        super().__init__("\nerror: ".join(map(str, errors)))
        self.status = max(error.status for error in errors)


def helped(command: Any, words: Sequence[str]) -> bool:
    """Print what a command of doit does if its words ask for that; tells whether they did."""
    if "--help" in words:
        print(command.help())
    return "--help" in words


def exit_status(action: Callable[[], int | None], crash_log: Callable[[], Path | None] = lambda: None) -> int:
    """Run a command's action; any error is told in its line. Gives the exit status.

    The traceback of a bug of ours goes to the file that `crash_log` names, or to standard error.
    """
    try:
        status = action()
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has read enough
        let_go_of_stdout()
        return 0
    except InterruptedRunError as end:
        return INTERRUPTED + end.number
    except KeyboardInterrupt:
        return INTERRUPTED + signal.SIGINT
    except Exception as error:  # noqa: BLE001 - the user gets a line, whatever it is
        return tell(error, crash_log)
    return status or 0


def tell(error: Exception, crash_log: Callable[[], Path | None]) -> int:
    """Write an error's line; gives the exit status it asks for."""
    match error:
        case ComposeError():
            status = error.status
        case CmdParseError() | InvalidCommand():
            status = ConfigError.status
        case OSError() | sqlite3.Error():
            status = MachineError.status
        case _:
            status = OWN_BUG
    line = (
        bug(error, crash_log()) if status == OWN_BUG else wrong_option(error) or of_machine(error) or str(error).strip()
    )
    with suppress(OSError):
        print(f"error: {line}", file=sys.stderr, flush=True)
    return status


def wrong_option(error: Exception) -> str:
    """Say what is wrong with an option, without all that doit's parser knows; empty for any other error."""
    if not isinstance(error, CmdParseError):
        return ""
    parameter = re.match(r"Error parsing parameter '(\w+)'", str(error))
    told = f"{parameter[1]}: {error.__context__}" if parameter else str(error.__context__ or error)
    return f"{told}; `doit help COMMAND` tells a command's options"


def of_machine(error: Exception) -> str:
    """Put a fault of the machine in a line with its cure; empty for any other error."""
    if not isinstance(error, OSError):
        return ""
    failure = failure_of(error)
    return f"{failure.message}; {failure.hint}"


def bug(error: Exception, log: Path | None) -> str:
    """Put a bug of ours in a line, its traceback in the log."""
    if log is None:
        traceback.print_exc()
        return f"internal error: {type(error).__name__}: {error}; this is a bug, please report it"
    with suppress(OSError):
        write(log, traceback.format_exc())
    return f"internal error: {type(error).__name__}: {error}; this is a bug, please report it with {log}"


def let_go_of_stdout() -> None:
    """Send what is still written to standard output nowhere: nobody reads it any more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let signals that ask to end raise InterruptedRunError once; further ones are ignored, the end is under way.

    Those that the caller had ignored (`nohup doit`) stay so.
    """
    heeded = [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN]

    def interrupt(number: int, _frame: FrameType | None) -> NoReturn:
        for each in heeded:
            signal.signal(each, signal.SIG_IGN)
        raise InterruptedRunError(number)

    for number in heeded:
        signal.signal(number, interrupt)
    yield
    for number in heeded:
        signal.signal(number, signal.SIG_IGN)  # what was done is told, nothing is left to interrupt


def have_standard_files() -> None:
    """Open what the caller closed of standard input, output and error, so that no file of ours takes their place."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
