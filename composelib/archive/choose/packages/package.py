"""A package of an archive as a value: its stanza, and fields that are read from it on demand."""

from __future__ import annotations

from dataclasses import dataclass

from composelib.archive.choose.packages.index import UDEB, Index
from composelib.archive.format import relation
from composelib.archive.format.stanza import Buffer, decode_value

ALL = "all"
CONTINUES = b" \t"  # the first character of a continuation line


@dataclass(frozen=True, eq=False)
class PackageListing:
    """The packages of one archive for one arch: their stanzas and the index of these."""

    archive: str
    stanzas: Buffer
    index: Index
    priority: int | None = None
    """The priority of all its packages; None for the priorities of the suites they are in."""
    lookaside: bool = False
    suites: tuple[str, ...] = ()
    """The archive's suites, in the order of its stanzas; only where pins may name them."""


class Package:
    """A binary or source package as its archive describes it. Two are equal only if they are one object."""

    __slots__ = ("_text", "architecture", "listing", "name", "row", "version")

    def __init__(self, listing: PackageListing, row: int, name: str) -> None:
        """Take a row of a listing."""
        self.listing = listing
        self.row = row
        self.name = name
        self.version = listing.index.versions[row]
        self.architecture = self.column("Architecture")
        self._text = b""

    def __repr__(self) -> str:
        """Return NAME_VERSION_ARCH and its archive."""
        return f"<{self.name}_{self.version}_{self.architecture} of {self.archive}>"

    @property
    def archive(self) -> str:
        """The name of its archive."""
        return self.listing.archive

    @property
    def priority(self) -> int:
        """Its priority among versions (apt_preferences(5))."""
        priority = self.listing.priority
        return self.listing.index.priority(self.row) if priority is None else priority

    @property
    def suite(self) -> str:
        """The suite it is in; '' if the archive has none, or if no pin names suites."""
        suite = self.listing.index.suite(self.row) if self.listing.suites else None
        return "" if suite is None else self.listing.suites[suite]

    @property
    def lookaside(self) -> bool:
        """Whether it satisfies relations but is never copied."""
        return self.listing.lookaside

    @property
    def udeb(self) -> bool:
        """Whether it is of the installer's kind, which shares no relation with .debs."""
        return self.column("Kind") == UDEB

    @property
    def stanza(self) -> bytes:
        """The stanza's bytes as the archive has them, without the newline of the last line."""
        return (self._text or self._read())[1:]

    def column(self, name: str) -> str:
        """Return a value that is a column of the index."""
        return self.listing.index.value(name, self.row)

    def field(self, name: str) -> str:
        """Return a field's value with its continuation lines; '' if it is absent. Case does not matter."""
        spellings = self.listing.index.spellings.get(name.lower())
        if not spellings:
            return ""
        text = self._text or self._read()
        for spelled in spellings:
            position = text.find(spelled)
            if position >= 0:
                start = position + len(spelled)
                end = text.find(b"\n", start)
                if end < 0 or text[end + 1] not in CONTINUES:
                    return str(text[start : end if end >= 0 else None], "utf-8", "surrogateescape").strip()
                return read_value(text, start)
        return ""

    def _read(self) -> bytes:
        """Return the stanza after a newline, and keep it: most callers that read one field read more."""
        starts, ends = self.listing.index.spans
        start, end = starts[self.row], ends[self.row]
        # a newline comes before every stanza but the first
        self._text = self.listing.stanzas[start - 1 : end] if start else b"\n" + self.listing.stanzas[:end]
        return self._text

    def relations(self, name: str) -> tuple[relation.Alternatives, ...]:
        """Return the relations of a field. Raise RelationError."""
        return relation.parse_relations(self.field(name))

    def sound_relations(self, name: str) -> tuple[relation.Alternatives, ...]:
        """Return the relations of a field that are valid."""
        return relation.parse_sound_clauses(self.field(name))[0]

    @property
    def source(self) -> str:
        """The name of the source package it is built from."""
        return self.column("Source")

    @property
    def source_version(self) -> str:
        """The version of the source package it is built from."""
        _, _, rest = self.field("Source").partition("(")
        return rest.partition(")")[0].strip() or self.version

    @property
    def filename(self) -> str:
        """Its file's path in the archive."""
        return self.field("Filename").removeprefix("./")

    @property
    def size(self) -> int:
        """The size of its file in bytes."""
        return int(self.field("Size") or 0)

    @property
    def sha256(self) -> str:
        """The SHA256 of its file."""
        return self.field("SHA256")


def read_value(stanza: bytes, start: int) -> str:
    """Return the value that begins at `start`, up to the end of its last continuation line."""
    end = stanza.find(b"\n", start)
    while end >= 0 and stanza[end + 1] in CONTINUES:
        end = stanza.find(b"\n", end + 1)
    return decode_value(stanza[start : end if end >= 0 else len(stanza)]).strip()
