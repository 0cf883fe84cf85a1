"""The user's terminal, or a pipe instead: messages, and on a terminal a status of some lines below them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from typing import TextIO

from composelib.text.escape import escape, escape_lines

ERASE = "\r\x1b[K"
UP = "\x1b[A"


class Screen:
    """Writes messages and, on a terminal, rewrites the status in place."""

    def __init__(self, stream: TextIO) -> None:
        self.stream: TextIO = getattr(stream, "stream", stream)
        self.live = stream.isatty()
        self.standing: list[str] = []
        """The lines of the status that stands on the terminal now."""

    def show(self, lines: Sequence[str]) -> None:
        """Show a status in place of the one before; as much of it as the terminal has room for."""
        size = measure_terminal()
        fitting = [escape(line)[: size.columns - 1] for line in lines[: max(1, size.lines - 1)]]
        self.stream.write(self.wipe() + "\n".join(fitting))
        self.stream.flush()
        self.standing = fitting

    def say(self, text: str) -> None:
        """Write a message."""
        self.clear()
        self.stream.write(f"{escape_lines(text)}\n")
        self.stream.flush()

    def warn(self, text: str) -> None:
        """Write a warning to standard error."""
        self.clear()
        print(f"warning: {escape_lines(text)}", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Wipe the status."""
        if self.standing:
            self.stream.write(self.wipe())
            self.stream.flush()
            self.standing = []

    def wipe(self) -> str:
        """Return what wipes the status off the terminal; if that became narrower, a line of it fills several rows."""
        columns = measure_terminal().columns
        return UP.join([ERASE] * sum(max(1, -(-len(line) // columns)) for line in self.standing))


def measure_terminal() -> os.terminal_size:
    """Return the size of the terminal; at least one column, whatever it says of itself."""
    size = shutil.get_terminal_size()
    return os.terminal_size((max(1, size.columns), max(1, size.lines)))


def format_duration(seconds: float) -> str:
    """Format a duration: `40s`, `3m`, `2h05m`."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.0f}s"
    minutes = round(seconds / 60)
    return f"{minutes}m" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"  # noqa: PLR2004 - an hour
