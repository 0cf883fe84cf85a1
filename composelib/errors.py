"""The errors shown to the user, each kind with its exit status."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class ComposeError(Exception):
    """An error, shown in one line: what is wrong and where, then the cure.

    `status` is the program's exit status unless something worse happens: 1 a task failed, 2 the config or the call is
    wrong, 3 something is wrong with the machine, 4 something cannot be trusted.
    """

    status = 1

    def __init__(self, message: str, hint: str = "") -> None:
        """Take the message, which begins with the origin (`FILE:LINE:COLUMN: …`), and a hint at the cure."""
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Return the line that the user reads."""
        return f"{self.message}; {self.hint}" if self.hint else self.message


@contextmanager
def locate_errors(origin: object, subject: str) -> Iterator[None]:
    """Let errors in the block begin with the origin in the config and a subject, unless they begin with these already."""
    try:
        yield
    except ComposeError as error:
        if error.message.startswith(f"{origin}: "):
            raise
        start = f"{origin}: " if error.message.startswith(subject) else f"{origin}: {subject}: "
        raise type(error)(f"{start}{error.message}", error.hint) from error


class ConfigError(ComposeError):
    """The config or the call is wrong; nothing was started or written."""

    status = 2


class MachineError(ComposeError):
    """The machine lacks something: a program, disk space, a permission, a free lock."""

    status = 3


class TrustError(ComposeError):
    """A signature, hash, size, date or name is not as expected."""

    status = 4


class ArchiveMovedError(TrustError):
    """An archive changed while a run was reading it: the run begins anew, once."""
