"""The rows of an index while it is built, and what of each stanza they hold."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from composelib.archive.choose.packages.index import COLUMNS, DEB, UDEB
from composelib.archive.format.apt_syntax import RELATION_FIELDS, is_plain_relation
from composelib.archive.format.provides import parse_provided
from composelib.archive.format.stanza import FIELD_NAME, decode_value

CHECKED = ("package", "version", "architecture", "filename", "size", "sha256", "source")
WANTED = (*CHECKED, *(name.lower() for name in (*COLUMNS, *RELATION_FIELDS)))
"""The fields that rows are made of, in the order of their values."""
FILENAME = CHECKED.index("filename")
FIRST_COLUMN, FIRST_RELATION = len(CHECKED), len(CHECKED) + len(COLUMNS)
PROVIDES = WANTED.index("provides")

NAME = re.compile(FIELD_NAME + b":")

RowTraits = tuple[str, ...]
"""The values of a row that many rows share: those of the columns Architecture, Kind and COLUMNS, and its fields' names."""


class FieldShape(NamedTuple):
    """Which fields stanzas have, in which order and spelling: there are few of them, and many stanzas of each."""

    spelled: str
    """The names, each with its colon."""
    provides: bool
    select: Callable[[tuple[bytes, ...]], tuple[bytes, ...]]
    """Returns the values of the fields in WANTED from all values and, after these, the one of an absent field."""


def make_shape(names: tuple[bytes, ...]) -> FieldShape:
    """Return the shape of stanzas with these fields, each name with its colon."""
    lower = [name[:-1].decode().lower() for name in names]
    positions = {name: position for position, name in enumerate(lower)}
    select = itemgetter(*(positions.get(name, -1) for name in WANTED))
    return FieldShape(b"".join(names).decode(), "provides" in positions, select)


@dataclass
class IndexRows:
    """The rows collected while an index is built; each list has an item for each package."""

    names: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    traits: list[int] = field(default_factory=list)
    """The number of each row's traits."""
    starts: array[int] = field(default_factory=lambda: array("Q"))
    ends: array[int] = field(default_factory=lambda: array("Q"))
    provided: list[tuple[str, int, str]] = field(default_factory=list)
    """Each provided name, with the row that provides it and the version it does so in, or ''."""
    unparsable: list[int] = field(default_factory=list)
    """The rows in which apt may not be able to parse a relation."""
    faults: list[str] = field(default_factory=list)
    """`NAME VERSION: FIELD: what is wrong` for each odd stanza, which is left out."""
    digests: list[bytes] = field(default_factory=list)
    """The SHA256 of each row's stanza, if rows are to be remembered."""
    shapes: dict[tuple[bytes, ...], FieldShape] = field(default_factory=dict)
    numbers: dict[RowTraits, int] = field(default_factory=dict)
    """The traits that rows have, with their numbers."""
    numbers_of_raw: dict[tuple[object, ...], int] = field(default_factory=dict)
    """The same by the bytes of the stanzas."""

    def find_shape(self, names: tuple[bytes, ...]) -> FieldShape | None:
        """Return the shape of stanzas with these fields, each name with its colon; None if they are not those of a sound stanza."""
        shape = self.shapes.get(names)
        if shape is None and all(map(NAME.fullmatch, names)) and len({name.lower() for name in names}) == len(names):
            shape = self.shapes[names] = make_shape(names)
        return shape

    def add(self, shape: FieldShape, values: tuple[bytes, ...], span: tuple[int, int]) -> None:
        """Append a stanza's row. Raise StanzaError if it does not provide a list of names."""
        row = len(self.names)
        if shape.provides:
            self.provided += [(name, row, version) for name, version in parse_provided(decode_value(values[PROVIDES]))]
        name = decode_value(values[0])
        source = values[6].split(maxsplit=1)
        self.names.append(name)
        self.versions.append(decode_value(values[1]))
        self.sources.append(decode_value(source[0]) if source else name)
        self.starts.append(span[0])
        self.ends.append(span[1])
        self.traits.append(self.number_traits(shape, values))
        if not all(map(is_plain_relation, filter(None, values[FIRST_RELATION:]))) or (
            shape.provides and not values[PROVIDES]
        ):
            self.unparsable.append(row)

    def number_traits(self, shape: FieldShape, values: tuple[bytes, ...]) -> int:
        """Return the number of a row's traits."""
        columns = values[FIRST_COLUMN:FIRST_RELATION]
        raw = (shape.spelled, values[2], values[FILENAME].endswith(b".udeb"), columns)
        number = self.numbers_of_raw.get(raw)
        if number is None:
            words = [" ".join(decode_value(value).split()) for value in (values[2], *columns)]
            traits = (words[0], UDEB if raw[2] else DEB, *words[1:], shape.spelled)
            number = self.numbers_of_raw[raw] = self.numbers.setdefault(traits, len(self.numbers))
        return number
