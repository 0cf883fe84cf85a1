"""An index beside a file of stanzas: where each package, provided name and field value is to be found.

It is made once, when the archive is read, with every stanza checked; later it is loaded in milliseconds and stanzas are
parsed only where they are visited. Rows number the packages in the order of the stanzas file.

Format: the line `deb-compose index 3`, a line of JSON (`priorities`: where the stanzas of each suite begin, and its priority;
`sections`: name -> [offset, bytes] counted from the end of that
line), then the sections: arrays of native integers, and what composelib.archive.choose.packages.packed_strings makes of texts and names.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from typing import Literal

from composelib.archive.choose.packages.index_build import ALL_COLUMNS, DEB, MAGIC, UDEB, build
from composelib.archive.choose.packages.packed_strings import Table, Texts
from composelib.archive.format.stanza import Buffer
from composelib.errors import TrustError

__all__ = ["ALL_COLUMNS", "DEB", "UDEB", "Index", "build"]


DEFAULT_PRIORITY = 500  # apt_preferences(5)


class Index:
    """What `build` gave, loaded: each part is read when it is first asked for."""

    def __init__(self, content: Buffer) -> None:
        """Take what is in the file. Raise TrustError if it is not of this format."""
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
        self._priorities: list[list[int]] = described["priorities"]
        self._sections: dict[str, list[int]] = described["sections"]
        self._content = content
        self._start = end + 1
        self._body = memoryview(content)[end + 1 :]
        self._columns: dict[str, tuple[Texts, memoryview, dict[int, str]]] = {}
        """Of each column its values, for each row the number of its value, and the values that were looked at."""
        self._codes: dict[str, dict[str, int]] = {}

    def section(self, name: str) -> memoryview:
        """Return the bytes of a section."""
        start, size = self._sections[name]
        return self._body[start : start + size]

    def numbers(self, section: str, typecode: Literal["I", "Q"] = "I") -> memoryview:
        """Return the items of an array."""
        return self.section(section).cast(typecode)

    def texts(self, section: str) -> Texts:
        """Return the items of a list of texts."""
        return Texts(self.section(section), self.numbers(f"{section}.ends"))

    def table(self, section: str) -> Table:
        """Return a table of names."""
        start, _ = self._sections[f"{section}.table"]
        return Table(self._content, self._start + start, self.numbers(f"{section}.table.ends"))

    @cached_property
    def names(self) -> Texts:
        """Every package name, sorted."""
        return self.texts("names")

    @cached_property
    def versions(self) -> Texts:
        """The version of each row."""
        return self.texts("versions")

    @cached_property
    def spans(self) -> tuple[memoryview, memoryview]:
        """Where the stanza of each row begins and ends."""
        return self.numbers("starts", "Q"), self.numbers("ends", "Q")

    @cached_property
    def spellings(self) -> dict[str, tuple[bytes, ...]]:
        """The ways in which each field name, in lower case, is spelled: each as it begins a field, after a newline."""
        found: dict[str, tuple[bytes, ...]] = {}
        for spelled in self.texts("spellings"):
            found[spelled.lower()] = (*found.get(spelled.lower(), ()), f"\n{spelled}:".encode())
        return found

    def name(self, row: int) -> str:
        """Return the package name of a row."""
        return self.names[self._row_names[row]]

    @cached_property
    def _row_names(self) -> memoryview:
        return self.numbers("row.names")

    def priority(self, row: int) -> int:
        """Return the priority of the suite that a row is of."""
        start = self.spans[0][row]
        return next((priority for begin, priority in reversed(self._priorities) if begin <= start), DEFAULT_PRIORITY)

    def rows(self, name: str) -> Sequence[int]:
        """Return the rows of a name."""
        found, ends, rows = self._named
        number = found.find(name)
        return () if number is None else rows[ends[number - 1] if number else 0 : ends[number]]

    @cached_property
    def _named(self) -> tuple[Table, memoryview, memoryview]:
        return self.table("names"), self.numbers("names.rows.ends"), self.numbers("names.rows")

    def providers(self, name: str) -> Sequence[tuple[int, str]]:
        """Return the rows that provide a name, each with the version it provides it in, or with ''."""
        found, ends, rows, versions = self._providers
        number = found.find(name)
        if number is None:
            return ()
        part = range(ends[number - 1] if number else 0, ends[number])
        return tuple((rows[place], versions[place]) for place in part)

    @cached_property
    def _providers(self) -> tuple[Table, memoryview, memoryview, Texts]:
        ends, rows = self.numbers("provided.rows.ends"), self.numbers("provided.rows")
        return self.table("provided"), ends, rows, self.texts("provided.versions")

    def value(self, column: str, row: int) -> str:
        """Return a row's value in a column."""
        values, codes, known = self._columns.get(column) or self._column(column)
        code = codes[row]
        found = known.get(code)
        if found is None:
            found = known[code] = values[code]
        return found

    def values(self, column: str) -> Texts:
        """Return every value of a column."""
        return self._column(column)[0]

    def _column(self, name: str) -> tuple[Texts, memoryview, dict[int, str]]:
        if name not in self._columns:
            self._columns[name] = (self.texts(f"{name}.values"), self.numbers(f"{name}.codes"), {})
        return self._columns[name]

    def having(self, name: str, value: str) -> Sequence[int]:
        """Return the rows whose column `name` has `value`."""
        if name not in self._codes:
            self._codes[name] = {item: code for code, item in enumerate(self.values(name))}
        code = self._codes[name].get(value)
        if code is None:
            return ()
        ends, rows = self.numbers(f"{name}.rows.ends"), self.numbers(f"{name}.rows")
        return rows[ends[code - 1] if code else 0 : ends[code]]

    def with_word(self, name: str, word: str) -> Sequence[int]:
        """Return the rows in whose column `name`, a list between commas, there is a word."""
        values = [value for value in self.values(name) if word in value.replace(",", " ").split()]
        return sorted(row for value in values for row in self.having(name, value))
