"""The user's terminal, or the pipe in its place: a status line below what is told."""

from __future__ import annotations

import shutil
import sys
from typing import TextIO

ERASE = "\r\x1b[K"


class Screen:
    """Text for the user; on a terminal one line of status is rewritten in place."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.live = stream.isatty()
        self.shown = False

    def status(self, text: str) -> None:
        """Show the status line: rewritten on a terminal, a line each elsewhere."""
        if not self.live:
            self.say(text)
            return
        width = shutil.get_terminal_size().columns - 1
        printable = "".join(letter if letter.isprintable() else " " for letter in text)
        self.stream.write(f"{ERASE}{printable[:width]}")
        self.stream.flush()
        self.shown = True

    def say(self, text: str) -> None:
        """Write lines that stay."""
        self.clear()
        self.stream.write(f"{text}\n")
        self.stream.flush()

    def warn(self, text: str) -> None:
        """Write a warning."""
        self.clear()
        print(f"warning: {text}", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Wipe the status line."""
        if self.shown:
            self.stream.write(ERASE)
            self.stream.flush()
            self.shown = False


def in_words(seconds: float) -> str:
    """Give a duration as a person says it: `40s`, `3m`, `2h05m`."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.0f}s"
    minutes = round(seconds / 60)
    return f"{minutes}m" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"  # noqa: PLR2004 - an hour
