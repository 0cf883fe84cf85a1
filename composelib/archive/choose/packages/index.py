"""An index beside a file of stanzas, to find a package, a provided name or a field's value in it.

It is built once, when the archive is read, with every stanza checked; later it is loaded in milliseconds and stanzas are
parsed only where they are visited. Rows number the packages in the order of the stanzas file.

Format: the line `deb-compose index 6`; a line of JSON (`priorities`: where the stanzas of each suite begin, and its
priority; `sections`: name -> [offset, bytes], counted from the end of that line); then the sections: arrays of native
integers, and the texts and tables of composelib.archive.choose.packages.packed_strings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain, repeat
from operator import sub
from typing import Literal

from composelib.archive.choose.packages.packed_strings import NameTable, PackedTexts
from composelib.archive.format.stanza import Buffer
from composelib.errors import TrustError
from composelib.program import PROGRAM

MAGIC = b"deb-compose index 6\n"
COLUMNS = ("Priority", "Section", "Essential", "Multi-Arch", "Task", "Important", "Build-Essential", "Protected")
"""Fields whose values are in the index as written; Architecture, and Source without its version, are in it as well."""
ALL_COLUMNS = ("Architecture", "Source", "Kind", *COLUMNS)
BYTE_VALUES = 256
"""A column of at most as many values has its codes as bytes, in which the rows of a value are searched for."""
DEB, UDEB = "deb", "udeb"  # the values of Kind
DEFAULT_PRIORITY = 500  # apt_preferences(5)


class Index:
    """A loaded index; each section is read on first use."""

    def __init__(self, content: Buffer) -> None:
        """Take the content of the file. Raise TrustError if it is not an index of this format."""
        if content[: len(MAGIC)] != MAGIC:
            raise TrustError(
                "not an index of packages, or one of another version",
                f"run '{PROGRAM} forget pkgset', then '{PROGRAM} pkgset'",
            )
        end = content.find(b"\n", len(MAGIC))
        header = json.loads(content[len(MAGIC) : end])
        self.arch: str = header["arch"]
        self.size: int = header["size"]
        """Size in bytes of the stanzas file that this is the index of."""
        self.count: int = header["count"]
        self.qualified: bool = header["qualified"]
        """Whether any package provides a name to packages of one arch alone (`bar:i386`)."""
        self._priorities: list[list[int]] = header["priorities"]
        self._sections: dict[str, list[int]] = header["sections"]
        self._content = content
        self._start = end + 1
        self._body = memoryview(content)[end + 1 :]
        self._columns: dict[str, tuple[PackedTexts, memoryview, dict[int, str]]] = {}
        """For each column its values, for each row the number of its value, and the values that were read already."""
        self._codes: dict[str, dict[str, int]] = {}

    def section(self, name: str) -> memoryview:
        """Return the bytes of a section."""
        start, size = self._sections[name]
        return self._body[start : start + size]

    def numbers(self, section: str, typecode: Literal["B", "I", "Q"] = "I") -> memoryview:
        """Return the items of an array."""
        return self.section(section).cast(typecode)

    def texts(self, section: str) -> PackedTexts:
        """Return the items of a list of texts."""
        return PackedTexts(self.section(section), self.numbers(f"{section}.ends"))

    def table(self, section: str) -> NameTable:
        """Return a table of names."""
        start, _ = self._sections[f"{section}.table"]
        return NameTable(self._content, self._start + start, self.numbers(f"{section}.table.ends"))

    @cached_property
    def names(self) -> PackedTexts:
        """Every package name, sorted."""
        return self.texts("names")

    @cached_property
    def versions(self) -> PackedTexts:
        """The version of each row."""
        return self.texts("versions")

    @cached_property
    def faults(self) -> PackedTexts:
        """`NAME VERSION: FIELD: what is wrong` for each odd stanza, which has no row."""
        return self.texts("faults")

    @cached_property
    def unparsable(self) -> frozenset[int]:
        """The rows in which apt may not be able to parse a relation."""
        return frozenset(self.numbers("unparsable"))

    @cached_property
    def spans(self) -> tuple[memoryview, memoryview]:
        """Where the stanza of each row begins and ends."""
        return self.numbers("starts", "Q"), self.numbers("ends", "Q")

    @cached_property
    def spellings(self) -> dict[str, tuple[bytes, ...]]:
        """The spellings of each field name, by the name in lower case: the bytes from the newline to the colon."""
        spellings: dict[str, tuple[bytes, ...]] = {}
        for spelled in self.texts("spellings"):
            spellings[spelled.lower()] = (*spellings.get(spelled.lower(), ()), f"\n{spelled}:".encode())
        return spellings

    def name(self, row: int) -> str:
        """Return the package name of a row."""
        return self.names[self._row_names[row]]

    @cached_property
    def _row_names(self) -> memoryview:
        return self.numbers("row.names")

    def priority(self, row: int) -> int:
        """Return the priority of a row's suite."""
        suite = self.suite(row)
        return DEFAULT_PRIORITY if suite is None else self._priorities[suite][1]

    def suite(self, row: int) -> int | None:
        """Return the number of a row's suite in its archive, from 0; None if the archive has no suites."""
        start = self.spans[0][row]
        numbers = range(len(self._priorities) - 1, -1, -1)
        return next((number for number in numbers if self._priorities[number][0] <= start), None)

    def rows(self, name: str) -> Sequence[int]:
        """Return the rows of a name."""
        table, ends, rows = self._named
        number = table.find(name)
        return () if number is None else rows[ends[number - 1] if number else 0 : ends[number]]

    @cached_property
    def _named(self) -> tuple[NameTable, memoryview, memoryview]:
        return self.table("names"), self.numbers("names.rows.ends"), self.numbers("names.rows")

    def providers(self, name: str) -> Sequence[tuple[int, str]]:
        """Return the rows that provide a name, each with the version it provides it in, or ''."""
        table, ends, rows, versions = self._providers
        number = table.find(name)
        if number is None:
            return ()
        positions = range(ends[number - 1] if number else 0, ends[number])
        return tuple((rows[position], versions[position]) for position in positions)

    @cached_property
    def _providers(self) -> tuple[NameTable, memoryview, memoryview, PackedTexts]:
        ends, rows = self.numbers("provided.rows.ends"), self.numbers("provided.rows")
        return self.table("provided"), ends, rows, self.texts("provided.versions")

    def list_provided(self) -> Iterator[tuple[str, int, str]]:
        """Yield each provided name, with the row that provides it and the version it does so in, or ''."""
        _, ends, rows, versions = self._providers
        counts = map(sub, ends, chain((0,), ends))
        names = chain.from_iterable(map(repeat, self.texts("provided"), counts))
        return zip(names, rows, versions, strict=True)

    def value(self, column: str, row: int) -> str:
        """Return a row's value in a column."""
        values, codes, cached = self._columns.get(column) or self._column(column)
        code = codes[row]
        value = cached.get(code)
        if value is None:
            value = cached[code] = values[code]
        return value

    def values(self, column: str) -> PackedTexts:
        """Return every value of a column."""
        return self._column(column)[0]

    def codes(self, column: str) -> memoryview:
        """Return the number of each row's value in a column."""
        return self._column(column)[1]

    def _column(self, name: str) -> tuple[PackedTexts, memoryview, dict[int, str]]:
        if name not in self._columns:
            values = self.texts(f"{name}.values")
            codes = self.numbers(f"{name}.codes", "B" if len(values) <= BYTE_VALUES else "I")
            self._columns[name] = (values, codes, {})
        return self._columns[name]

    def find_rows_by_value(self, name: str, value: str) -> Sequence[int]:
        """Return the rows whose column `name` has `value`."""
        if name not in self._codes:
            self._codes[name] = {item: code for code, item in enumerate(self.values(name))}
        code = self._codes[name].get(value)
        if code is None:
            return ()
        if len(self._codes[name]) <= BYTE_VALUES:
            return [match.start() for match in re.finditer(re.escape(bytes((code,))), self.codes(name))]
        ends, rows = self.numbers(f"{name}.rows.ends"), self.numbers(f"{name}.rows")
        return rows[ends[code - 1] if code else 0 : ends[code]]

    def find_rows_by_word(self, name: str, word: str) -> Sequence[int]:
        """Return the rows whose column `name`, a list separated by commas, contains a word."""
        values = [value for value in self.values(name) if word in value.replace(",", " ").split()]
        return sorted(row for value in values for row in self.find_rows_by_value(name, value))
