"""An index beside a file of stanzas: where each package, provided name and field value is to be found.

It is made once, when the archive is read, with every stanza checked; later it is loaded in milliseconds and stanzas are
parsed only where they are visited. Rows number the packages in the order of the stanzas file.

Format: the line `deb-compose index 1`, a line of JSON (`sections`: name -> [offset, bytes] counted from the end of that
line, and what `Header` says), then the sections: texts of one item a line, and arrays of native integers.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from functools import cached_property

from composelib.archive.index_build import ALL_COLUMNS, DEB, MAGIC, UDEB, build
from composelib.errors import TrustError

__all__ = ["ALL_COLUMNS", "DEB", "UDEB", "Index", "build"]


class Index:
    """What `build` gave, loaded: each part is read when it is first asked for."""

    def __init__(self, content: bytes) -> None:
        """Take the bytes. Raises TrustError if they are not of this format."""
        head, _, body = content.removeprefix(MAGIC).partition(b"\n") if content.startswith(MAGIC) else (b"", b"", b"")
        if not head:
            raise TrustError(
                "this is not an index of packages, or one of another version", "run the pkgset stage again"
            )
        described = json.loads(head)
        self.arch: str = described["arch"]
        self.size: int = described["size"]
        """Bytes of the stanzas file that this is the index of."""
        self.count: int = described["count"]
        self._sections: dict[str, list[int]] = described["sections"]
        self._body = body

    def lines(self, section: str) -> list[str]:
        """Give the items of a text."""
        start, size = self._sections[section]
        return self._body[start : start + size].decode("utf-8", "surrogateescape").split("\n") if size else []

    def numbers(self, section: str, typecode: str = "I") -> array[int]:
        """Give the items of an array."""
        start, size = self._sections[section]
        return array(typecode, self._body[start : start + size])

    @cached_property
    def names(self) -> dict[str, int]:
        """Every package name, sorted, and its number."""
        return {name: number for number, name in enumerate(self.lines("names"))}

    @cached_property
    def versions(self) -> list[str]:
        """The version of each row."""
        return self.lines("versions")

    @cached_property
    def spans(self) -> tuple[array[int], array[int]]:
        """Where the stanza of each row begins and ends."""
        return self.numbers("starts", "Q"), self.numbers("ends", "Q")

    @cached_property
    def spellings(self) -> dict[str, tuple[bytes, ...]]:
        """The ways in which each field name, in lower case, is spelled."""
        found: dict[str, tuple[bytes, ...]] = {}
        for spelled in self.lines("spellings"):
            found[spelled.lower()] = (*found.get(spelled.lower(), ()), spelled.encode())
        return found

    def rows(self, name: str) -> Sequence[int]:
        """Give the rows of a name."""
        number = self.names.get(name)
        if number is None:
            return ()
        ends, rows = self._named
        return rows[ends[number - 1] if number else 0 : ends[number]]

    @cached_property
    def row_names(self) -> list[str]:
        """The package name of each row."""
        found = [""] * self.count
        for name in self.names:
            for row in self.rows(name):
                found[row] = name
        return found

    @cached_property
    def _named(self) -> tuple[array[int], array[int]]:
        return self.numbers("names.ends"), self.numbers("names.rows")

    @cached_property
    def provided(self) -> dict[str, int]:
        """Every provided name, sorted, and its number."""
        return {name: number for number, name in enumerate(self.lines("provided"))}

    def providers(self, name: str) -> Sequence[tuple[int, str]]:
        """Give the rows that provide a name, each with the version it provides it in, or with ''."""
        number = self.provided.get(name)
        if number is None:
            return ()
        ends, rows, versions = self._providers
        part = slice(ends[number - 1] if number else 0, ends[number])
        return tuple(zip(rows[part], versions[part], strict=True))

    @cached_property
    def _providers(self) -> tuple[array[int], array[int], list[str]]:
        rows = self.numbers("provided.rows")
        # a lone row without a version makes an empty text
        return self.numbers("provided.ends"), rows, self.lines("provided.versions") or [""] * len(rows)

    @cached_property
    def _columns(self) -> dict[str, tuple[list[str], array[int]]]:
        return {}

    def column(self, name: str) -> tuple[list[str], array[int]]:
        """Give a column: its values, and for each row the number of its value."""
        if name not in self._columns:
            self._columns[name] = (self.lines(f"{name}.values") or [""], self.numbers(f"{name}.codes"))
        return self._columns[name]

    @cached_property
    def _inverted(self) -> dict[str, dict[str, list[int]]]:
        return {}

    def having(self, name: str, value: str) -> Sequence[int]:
        """Give the rows whose column `name` has `value`; for Task, has it in its list."""
        if name not in self._inverted:
            values, codes = self.column(name)
            rows: list[list[int]] = [[] for _ in values]
            for row, code in enumerate(codes):
                rows[code].append(row)
            by_value: dict[str, list[int]] = {}
            for item, found in zip(values, rows, strict=True):
                for word in item.replace(",", " ").split() if name == "Task" else [item]:
                    by_value.setdefault(word, []).extend(found)
            self._inverted[name] = by_value
        return self._inverted[name].get(value, ())
