"""Lists of texts and tables of names in a file; a text is read, or a name found, without reading the rest."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, count
from operator import add
from zlib import crc32

from composelib.archive.format.stanza import Buffer

SLOT = 16  # names that share a slot of a table, on average


def pack_texts(items: Iterable[str]) -> tuple[bytes, bytes]:
    """Return the bytes of texts, a line each, and where each text ends."""
    texts = [item.encode("utf-8", "surrogateescape") for item in items]
    ends = array("I", map(add, accumulate(map(len, texts)), count()))
    return b"\n".join(texts), ends.tobytes()


class PackedTexts:
    """The texts that `pack_texts` packed."""

    def __init__(self, body: memoryview, ends: memoryview) -> None:
        """Take the texts and where they end."""
        self._body = body
        self._ends = ends

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> str:
        start = self._ends[number - 1] + 1 if number else 0
        return str(self._body[start : self._ends[number]], "utf-8", "surrogateescape")

    def __iter__(self) -> Iterator[str]:
        return iter(str(self._body, "utf-8", "surrogateescape").split("\n") if self._ends else ())


def pack_table(names: Sequence[str]) -> tuple[bytes, bytes]:
    """Return a table for looking up the number of a name: the names by their slots, and where slots end."""
    slots = [b""] * count_slots(len(names))
    for number, name in enumerate(names):
        key = name.encode("utf-8", "surrogateescape")
        slots[crc32(key) % len(slots)] += b"\n%s %d" % (key, number)
    ends = array("I", accumulate(len(slot) + 1 for slot in slots))
    return b"".join(slot + b"\n" for slot in slots), ends.tobytes()


def count_slots(count: int) -> int:
    """Return how many slots a table of this many names has."""
    return count // SLOT + 1


class NameTable:
    """A table that `pack_table` packed, at a position in a file."""

    def __init__(self, content: Buffer, start: int, ends: memoryview) -> None:
        """Take the file, where the table begins in it, and where its slots end."""
        self._content = content
        self._start = start
        self._ends = ends

    def list_names(self) -> Iterator[tuple[str, int]]:
        """Yield every name with its number, slot by slot."""
        end = self._start + self._ends[-1]
        for line in filter(None, self._content[self._start : end].split(b"\n")):
            name, _, number = line.rpartition(b" ")
            yield name.decode("utf-8", "surrogateescape"), int(number)

    def find(self, name: str) -> int | None:
        """Return the number of a name; None if the table does not have it."""
        key = name.encode("utf-8", "surrogateescape")
        slot = crc32(key) % len(self._ends)
        start = self._start + (self._ends[slot - 1] if slot else 0)
        end = self._start + self._ends[slot]
        position = self._content.find(b"\n%s " % key, start, end)
        if position < 0:
            return None
        number = position + len(key) + 2
        return int(self._content[number : self._content.find(b"\n", number, end)])
