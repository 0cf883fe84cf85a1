"""The user's terminal, or a pipe instead: messages, and on a terminal a status of some lines below them."""

from __future__ import annotations

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
        self.height = 0
        """The lines of the status that stands on the terminal now."""

    def show(self, lines: Sequence[str]) -> None:
        """Show a status in place of the one before; as much of it as the terminal has room for."""
        size = shutil.get_terminal_size()
        fitting = [escape(line)[: size.columns - 1] for line in lines[: max(1, size.lines - 1)]]
        self.stream.write(self.wipe() + "\n".join(fitting))
        self.stream.flush()
        self.height = len(fitting)

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
        if self.height:
            self.stream.write(self.wipe())
            self.stream.flush()
            self.height = 0

    def wipe(self) -> str:
        """Return what wipes the status off the terminal."""
        return UP.join([ERASE] * self.height)


def format_duration(seconds: float) -> str:
    """Format a duration: `40s`, `3m`, `2h05m`."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.0f}s"
    minutes = round(seconds / 60)
    return f"{minutes}m" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"  # noqa: PLR2004 - an hour
