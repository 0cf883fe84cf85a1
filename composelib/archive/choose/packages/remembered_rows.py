"""The rows of an earlier index of the same archive, by the SHA256 of their stanzas: most stanzas are as they were yesterday.

A stanza's row depends on its bytes and on the code that checks it alone. Of both the file of remembered rows has a SHA256, and
one of its own content, so a damaged file, or one of another version of the program, is as good as none.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

from composelib.archive.choose.packages.index import Index
from composelib.archive.choose.packages.index_sections import TRAITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from composelib.archive.choose.packages.index_rows import IndexRows

MAGIC = b"deb-compose rows 1\n"
DIGEST = hashlib.sha256().digest_size


class RememberedRows:
    """The rows of an earlier index."""

    def __init__(self, content: bytes = b"", code: str = "") -> None:
        """Take a file that `pack_rows` made with the same `code`; none are remembered if it is none."""
        head = make_head(content[len(make_head(b"", code)) :], code)
        packed = content[len(head) :] if content.startswith(head) else b""
        self.index = Index(packed[int.from_bytes(packed[:8], "big") * DIGEST + 8 :]) if packed else None
        count = self.index.count if self.index else 0
        self.rows = {packed[8 + row * DIGEST : 8 + (row + 1) * DIGEST]: row for row in range(count)}
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
            [sources[code] for code in index.numbers("Source.codes")],
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
            columns = [list(self.index.values(name)) for name in TRAITS]
            codes = list(zip(*(self.index.numbers(f"{name}.codes") for name in TRAITS), strict=True))
            numbers = {
                row_codes: rows.numbers.setdefault(
                    tuple([values[code] for values, code in zip(columns, row_codes, strict=True)]), len(rows.numbers)
                )
                for row_codes in set(codes)
            }
            self._traits = list(map(numbers.__getitem__, codes))
        return self._traits

    def add_provided(self, rows: IndexRows, new_rows: Mapping[int, int]) -> None:
        """Add what remembered rows provide, and which apt may not be able to parse; `new_rows` has their new numbers."""
        if self.index is None:
            return
        for name, row, version in self.index.list_provided():
            new = new_rows.get(row)
            if new is not None:
                rows.provided.setdefault(name, []).append((new, version))
        rows.unparsable += [new_rows[row] for row in self.index.unparsable if row in new_rows]


def make_head(packed: bytes, code: str) -> bytes:
    """Return what stands before packed rows."""
    return MAGIC + f"{code}\n{hashlib.sha256(packed).hexdigest()}\n".encode()


def pack_rows(digests: bytes, index: bytes, code: str) -> bytes:
    """Return the file of an index's rows and the digests of their stanzas; `code` stands for the code that made them."""
    packed = (len(digests) // DIGEST).to_bytes(8, "big") + digests + index
    return make_head(packed, code) + packed
