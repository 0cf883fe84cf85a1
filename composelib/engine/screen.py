"""The user's terminal, or a pipe instead: messages, and a status line below them."""

from __future__ import annotations

import shutil
import sys
from typing import TextIO

from composelib.text.escape import escape, escape_lines

ERASE = "\r\x1b[K"


class Screen:
    """Writes messages and, on a terminal, rewrites the status line in place."""

    def __init__(self, stream: TextIO) -> None:
        self.stream: TextIO = getattr(stream, "stream", stream)
        self.live = stream.isatty()
        self.has_status = False

    def status(self, text: str) -> None:
        """Show a status: on a terminal in the status line, elsewhere as a line of its own."""
        if not self.live:
            self.say(text)
            return
        width = shutil.get_terminal_size().columns - 1
        self.stream.write(f"{ERASE}{escape(text)[:width]}")
        self.stream.flush()
        self.has_status = True

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
        """Wipe the status line."""
        if self.has_status:
            self.stream.write(ERASE)
            self.stream.flush()
            self.has_status = False


def format_duration(seconds: float) -> str:
    """Format a duration: `40s`, `3m`, `2h05m`."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.0f}s"
    minutes = round(seconds / 60)
    return f"{minutes}m" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"  # noqa: PLR2004 - an hour
