"""Stanzas of an index (deb822(5)): where each is in the text, and their fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

FIELD_NAME = rb"[!\"$-,.-9;-~][!-9;-~]*+"
FIELD = re.compile(rb"^(%s):[ \t]*(.*(?:\n[ \t].*)*)" % FIELD_NAME, re.MULTILINE)
LINE = re.compile(rb"^(?![ \t])", re.MULTILINE)
GAP = re.compile(rb"\n\n+")
NUL = b"\0"
BLANK = re.compile(rb"^[ \t]+$", re.MULTILINE)

Buffer = bytes  # or an mmap, which finds and slices as bytes do


class StanzaError(ValueError):
    """A stanza, or the .deb that contains it, is not valid."""


class HostileStanzaError(StanzaError):
    """A stanza that parsers read in different ways, or that leads astray: nothing of its archive is used."""


def find_stanzas(text: Buffer) -> Iterator[tuple[int, int]]:
    """Yield where each stanza begins and where the end of its last line is; empty lines separate them."""
    start, size = 0, len(text)
    while text[start : start + 1] == b"\n":
        start += 1
    for gap in GAP.finditer(text, start):
        yield start, gap.start()
        start = gap.end()
    if start < size:
        yield start, size - 1 if text[size - 1] == ord("\n") else size


def split_fields(stanza: bytes) -> list[tuple[bytes, bytes]]:
    """Return a stanza's field names as spelled, and their values with their continuation lines.

    Raise HostileStanzaError for what parsers read in different ways: a repeated field, a line without a colon, a
    continuation of nothing, NUL; StanzaError for a line of white space.
    """
    fields: list[tuple[bytes, bytes]] = FIELD.findall(stanza)
    if len({name.lower() for name, _ in fields}) != len(fields):
        raise HostileStanzaError(f"{find_repeated_name(name.decode() for name, _ in fields)}: the field is repeated")
    if stanza[:1] in {b" ", b"\t"}:
        raise HostileStanzaError("the first line is a continuation of nothing")
    if b"\0" in stanza:
        raise HostileStanzaError(f"{find_field_with(fields, NUL)}: the value contains a NUL")
    if len(LINE.findall(stanza)) != len(fields):
        raise HostileStanzaError(f"a line without a field name and a colon: {find_odd_line(stanza)!r}")
    if BLANK.search(stanza):
        raise StanzaError("a line consists of white space only")
    return fields


def parse_fields(stanza: bytes) -> dict[str, bytes]:
    """Return a stanza's values by field name in lower case, stripped. Raise StanzaError as `split_fields` does."""
    return {name.decode().lower(): value.rstrip(b" \t\n") for name, value in split_fields(stanza)}


def find_repeated_name(names: Iterable[str]) -> str:
    """Return the first name that occurs a second time, in any case."""
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            return name
        seen.add(name.lower())
    raise AssertionError


def find_field_with(fields: Sequence[tuple[bytes, bytes]], content: bytes) -> str:
    """Return the name of the field whose value contains these bytes."""
    return next((name.decode() for name, value in fields if content in value), "?")


def find_odd_line(stanza: bytes) -> str:
    """Return the beginning of the first line that is neither a field nor a continuation."""
    for line in stanza.split(b"\n"):
        if line[:1] not in (b" ", b"\t") and not FIELD.match(line):
            return line[:40].decode(errors="backslashreplace")
    raise AssertionError


def decode_value(value: bytes) -> str:
    """Return a value as text from which the bytes can be restored, whatever they are."""
    return value.decode("utf-8", "surrogateescape")
