"""An index beside a file of stanzas: where each package, provided name and field value is to be found.

It is made once, when the archive is read, with every stanza checked; later it is loaded in milliseconds and stanzas are
parsed only where they are visited. Rows number the packages in the order of the stanzas file.

Format: the line `deb-compose index 1`, a line of JSON (`sections`: name -> [offset, bytes] counted from the end of that
line, and what `Header` says), then the sections: texts of one item a line, and arrays of native integers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property

from composelib.archive.index_build import ALL_COLUMNS, DEB, MAGIC, UDEB, build
from composelib.archive.stanza import Buffer
from composelib.errors import TrustError

__all__ = ["ALL_COLUMNS", "DEB", "UDEB", "Index", "build"]


class Index:
    """What `build` gave, loaded: each part is read when it is first asked for."""

    def __init__(self, content: Buffer) -> None:
        """Take what is in the file. Raises TrustError if it is not of this format."""
        if content[: len(MAGIC)] != MAGIC:
            raise TrustError(
                "this is not an index of packages, or one of another version", "run the pkgset stage again"
            )
        end = content.find(b"\n", len(MAGIC))
        described = json.loads(content[len(MAGIC) : end])
        self.arch: str = described["arch"]
        self.size: int = described["size"]
        """Bytes of the stanzas file that this is the index of."""
        self.count: int = described["count"]
        self._sections: dict[str, list[int]] = described["sections"]
        self._body = memoryview(content)[end + 1 :]

    def lines(self, section: str) -> list[str]:
        """Give the items of a text."""
        start, size = self._sections[section]
        return str(self._body[start : start + size], "utf-8", "surrogateescape").split("\n") if size else []

    def numbers(self, section: str, typecode: str = "I") -> memoryview:
        """Give the items of an array."""
        start, size = self._sections[section]
        return self._body[start : start + size].cast(typecode)  # type: ignore[call-overload, no-any-return]

    @cached_property
    def names(self) -> dict[str, int]:
        """Every package name, sorted, and its number."""
        return dict(zip(names := self.lines("names"), range(len(names)), strict=True))

    @cached_property
    def versions(self) -> list[str]:
        """The version of each row."""
        return self.lines("versions")

    @cached_property
    def spans(self) -> tuple[memoryview, memoryview]:
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

    def name(self, row: int) -> str:
        """Give the package name of a row."""
        numbers, names = self._row_names
        return names[numbers[row]]

    @cached_property
    def row_names(self) -> list[str]:
        """The package name of each row."""
        numbers, names = self._row_names
        return [names[number] for number in numbers]

    @cached_property
    def _row_names(self) -> tuple[memoryview, list[str]]:
        return self.numbers("row.names"), list(self.names)

    @cached_property
    def _named(self) -> tuple[memoryview, memoryview]:
        return self.numbers("names.ends"), self.numbers("names.rows")

    @cached_property
    def provided(self) -> dict[str, int]:
        """Every provided name, sorted, and its number."""
        return dict(zip(names := self.lines("provided"), range(len(names)), strict=True))

    def providers(self, name: str) -> Sequence[tuple[int, str]]:
        """Give the rows that provide a name, each with the version it provides it in, or with ''."""
        number = self.provided.get(name)
        if number is None:
            return ()
        ends, rows, versions = self._providers
        part = slice(ends[number - 1] if number else 0, ends[number])
        return tuple(zip(rows[part], versions[part], strict=True))

    @cached_property
    def _providers(self) -> tuple[memoryview, memoryview, list[str]]:
        rows = self.numbers("provided.rows")
        # a lone row without a version makes an empty text
        return self.numbers("provided.ends"), rows, self.lines("provided.versions") or [""] * len(rows)

    @cached_property
    def _columns(self) -> dict[str, tuple[list[str], memoryview]]:
        return {}

    def column(self, name: str) -> tuple[list[str], memoryview]:
        """Give a column: its values, and for each row the number of its value."""
        if name not in self._columns:
            self._columns[name] = (self.lines(f"{name}.values") or [""], self.numbers(f"{name}.codes"))
        return self._columns[name]

    @cached_property
    def _values(self) -> dict[str, dict[str, int]]:
        return {}

    def having(self, name: str, value: str) -> Sequence[int]:
        """Give the rows whose column `name` has `value`."""
        if name not in self._values:
            self._values[name] = {item: code for code, item in enumerate(self.column(name)[0])}
        code = self._values[name].get(value)
        if code is None:
            return ()
        ends, rows = self.numbers(f"{name}.ends"), self.numbers(f"{name}.rows")
        return rows[ends[code - 1] if code else 0 : ends[code]]

    def with_word(self, name: str, word: str) -> Sequence[int]:
        """Give the rows in whose column `name`, a list between commas, there is a word."""
        values = [value for value in self.column(name)[0] if word in value.replace(",", " ").split()]
        return sorted(row for value in values for row in self.having(name, value))
