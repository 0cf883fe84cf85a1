"""What can go wrong, each kind with the exit status it ends the program with."""


class ComposeError(Exception):
    """A fault to be told in one line: what is wrong and where, then the cure.

    `status` is the exit status of the whole program when nothing worse happens: 1 a task failed,
    2 the config or the call is wrong, 3 the machine is, 4 something cannot be trusted.
    """

    status = 1

    def __init__(self, message: str, hint: str = "") -> None:
        """Take what is wrong, with its place first (`FILE:LINE:COLUMN: …`), and what to do about it."""
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Give the one line that the user reads."""
        return f"{self.message}; {self.hint}" if self.hint else self.message


class ConfigError(ComposeError):
    """The config or the call is wrong: nothing was started, nothing written."""

    status = 2


class MachineError(ComposeError):
    """The machine lacks something: a program, disk space, a right, a lock."""

    status = 3


class TrustError(ComposeError):
    """A signature, hash, size, date or name is not what it has to be."""

    status = 4
