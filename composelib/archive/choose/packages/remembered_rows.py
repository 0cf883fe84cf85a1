"""The rows of an earlier index of the same archive, by the SHA256 of their stanzas: most stanzas are as they were yesterday.

A stanza's row depends on its bytes and on the code that checks it alone. Of both the file of remembered rows has a SHA256, and
one of its own content, so a damaged file, or one of another version of the program, is as good as none.
"""

from __future__ import annotations

import hashlib
from array import array
from functools import cached_property
from typing import TYPE_CHECKING

from composelib.archive.choose.packages.index import Index
from composelib.archive.choose.packages.index_sections import TRAITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from composelib.archive.choose.packages.index_rows import IndexRows

MAGIC = b"deb-compose rows 2\n"
DIGEST = hashlib.sha256().digest_size
NUMBER = array("I").itemsize


class RememberedRows:
    """The rows of an earlier index."""

    def __init__(self, content: bytes = b"", code: str = "") -> None:
        """Take a file that `pack_rows` makes with the same `code`; none are remembered if it is none."""
        packed = memoryview(content)[len(make_head((), code)) :]
        if not content.startswith(make_head((packed,), code)):
            packed = packed[:0]
        count = int.from_bytes(packed[:8], "big")
        end = 8 + count * DIGEST
        digests = bytes(packed[8:end])
        self.numbers = packed[end : end + count * NUMBER].cast("I")
        """The number of each row's traits."""
        self.index = Index(bytes(packed[end + count * NUMBER :])) if packed else None
        self.rows = {digests[row * DIGEST : (row + 1) * DIGEST]: row for row in range(count)}
        """The number of each row by the digest of its stanza."""
        self._traits: list[int] = []

    @cached_property
    def texts(self) -> tuple[list[str], list[str], list[str]]:
        """Each row's name, version and source."""
        index = self.index
        if index is None:
            return [], [], []
        names, sources = list(index.names), list(index.values("Source"))
        return (
            [names[number] for number in index.numbers("row.names")],
            list(index.versions),
            [sources[code] for code in index.codes("Source")],
        )

    def add(self, rows: IndexRows, first: int, count: int) -> None:
        """Append as many rows as are one after another from `first` on, all but what they provide and where they are."""
        names, versions, sources = self.texts
        end = first + count
        rows.names += names[first:end]
        rows.versions += versions[first:end]
        rows.sources += sources[first:end]
        rows.traits += self.traits_in(rows)[first:end]

    def traits_in(self, rows: IndexRows) -> list[int]:
        """Return the number of each row's traits in a new index, which gets all traits that there are."""
        if not self._traits and self.index:
            columns = [(list(self.index.values(name)), self.index.codes(name)) for name in TRAITS]
            numbers = {
                number: rows.numbers.setdefault(
                    tuple([values[codes[row]] for values, codes in columns]), len(rows.numbers)
                )
                for number, row in dict(zip(self.numbers, range(self.index.count), strict=True)).items()
            }
            self._traits = list(map(numbers.__getitem__, self.numbers))
        return self._traits

    def add_provided(self, rows: IndexRows, new_rows: Mapping[int, int]) -> None:
        """Add what remembered rows provide, and which apt may not be able to parse; `new_rows` has their new numbers."""
        if self.index is None:
            return
        rows.provided += [
            (name, new_rows[row], version) for name, row, version in self.index.list_provided() if row in new_rows
        ]
        rows.unparsable += [new_rows[row] for row in self.index.unparsable if row in new_rows]


def make_head(blocks: Iterable[bytes | memoryview], code: str) -> bytes:
    """Return what stands before packed rows, which are in these blocks."""
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return MAGIC + f"{code}\n{digest.hexdigest()}\n".encode()


def pack_rows(rows: IndexRows, index: bytes, code: str) -> list[bytes]:
    """Return the file of rows and their index, in blocks; `code` stands for the code that made them."""
    blocks = [
        len(rows.digests).to_bytes(8, "big"),
        b"".join(rows.digests),
        array("I", rows.traits).tobytes(),
        index,
    ]
    return [make_head(blocks, code), *blocks]
