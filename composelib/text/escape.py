"""Text from outside made safe to print: a terminal neither obeys it nor shows it in another order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO, cast

LONGEST = 200


def escape(text: str) -> str:
    """Write control characters, marks of writing direction and other invisible characters as Python escapes."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else escape_letter(letter) for letter in text)


def escape_letter(letter: str) -> str:
    """Return an escape that JSON understands, too, wherever JSON allows the letter itself."""
    return f"\\u{ord(letter):04x}" if "\x7f" <= letter <= "\xff" else ascii(letter)[1:-1]


def escape_lines(text: str) -> str:
    """Escape a text of several lines, which may have tabs."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter in "\n\t" else escape_letter(letter) for letter in text)


def excerpt(text: str) -> str:
    """Return the escaped beginning of a text of any length."""
    return escape(text[:LONGEST]) + ("…" if len(text) > LONGEST else "")


class EscapedStream:
    """A text stream that escapes what is written to it; `stream`, below it, takes a terminal's own commands."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write a text of any number of lines, escaped."""
        self.stream.write(escape_lines(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def escape_stream(stream: TextIO) -> TextIO:
    """Return a stream that escapes what is written to it."""
    return stream if isinstance(stream, EscapedStream) else cast(TextIO, EscapedStream(stream))


@contextmanager
def escaped_output(output: TextIO, errors: TextIO) -> Iterator[None]:
    """Escape, in the block, all that is printed to standard output and error, which are given."""
    with redirect_stdout(escape_stream(output)), redirect_stderr(escape_stream(errors)):
        yield
