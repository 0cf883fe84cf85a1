"""Stanzas of an index (deb822(5)): finding them in its text, and their fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

FIELD = re.compile(rb"^([!\"$-,.-9;-~][!-9;-~]*):[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE)
LINE = re.compile(rb"^(?![ \t])", re.MULTILINE)
NUL = b"\0"
BLANK = re.compile(rb"^[ \t]+$", re.MULTILINE)

Buffer = bytes  # or an mmap, which finds and slices as bytes do


class StanzaError(ValueError):
    """A stanza is not what deb822 allows."""


def spans(text: Buffer) -> Iterator[tuple[int, int]]:
    """Return where each stanza begins and where its last line's end stands; empty lines part them."""
    start, size = 0, len(text)
    while start < size:
        if text[start] == ord("\n"):
            start += 1
            continue
        end = text.find(b"\n\n", start)
        end = (size - 1 if text[size - 1] == ord("\n") else size) if end < 0 else end
        yield start, end
        start = end + 1


def pairs(stanza: bytes) -> list[tuple[bytes, bytes]]:
    """Return a stanza's field names as spelled, and their values with the continuation lines within.

    Raise StanzaError for what parsers read in different ways: a repeated field, a line without a colon,
    a continuation of nothing, a line of white space, NUL.
    """
    found: list[tuple[bytes, bytes]] = FIELD.findall(stanza)
    if len({name.lower() for name, _ in found}) != len(found):
        raise StanzaError(f"{repeated(name.decode() for name, _ in found)}: the field is repeated")
    if stanza[:1] in {b" ", b"\t"}:
        raise StanzaError("the first line continues nothing")
    if b"\0" in stanza:
        raise StanzaError(f"{holder(found, NUL)}: there is a NUL in the value")
    if len(LINE.findall(stanza)) != len(found):
        raise StanzaError(f"a line without a field name and a colon: {odd_line(stanza)!r}")
    if BLANK.search(stanza):
        raise StanzaError("there is a line of white space alone")
    return found


def fields(stanza: bytes) -> dict[str, bytes]:
    """Return a stanza's values by field name in lower case, stripped. Raise StanzaError as pairs does."""
    return {name.decode().lower(): value.rstrip(b" \t\n") for name, value in pairs(stanza)}


def repeated(names: Iterable[str]) -> str:
    """Return the first name that comes a second time, in whatever case."""
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            return name
        seen.add(name.lower())
    raise AssertionError


def holder(found: Sequence[tuple[bytes, bytes]], part: bytes) -> str:
    """Return the name of the field whose value has `part` in it."""
    return next((name.decode() for name, value in found if part in value), "?")


def odd_line(stanza: bytes) -> str:
    """Return the beginning of the first line that is neither a field nor a continuation."""
    for line in stanza.split(b"\n"):
        if line[:1] not in (b" ", b"\t") and not FIELD.match(line):
            return line[:40].decode(errors="backslashreplace")
    raise AssertionError


def text_of(value: bytes) -> str:
    """Return a value as text from which the bytes can be had again, whatever they are."""
    return value.decode("utf-8", "surrogateescape")
