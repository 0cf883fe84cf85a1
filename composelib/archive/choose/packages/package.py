"""A package of an archive as a value: its stanza, and fields that are read off it when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass

from composelib.archive.choose.packages.index import UDEB, Index
from composelib.archive.format import relation
from composelib.archive.format.stanza import Buffer, text_of

ALL = "all"
CONTINUES = b" \t"  # the first of a continuation line


@dataclass(frozen=True, eq=False)
class Part:
    """The packages of one archive for one arch: its stanzas and their index."""

    archive: str
    stanzas: Buffer
    index: Index
    priority: int | None = None
    """Of all its packages; None for what the suites they are in ask for."""
    lookaside: bool = False


class Package:
    """A binary or source package as its archive describes it. Two are the same only if they are one object."""

    __slots__ = ("_text", "architecture", "name", "part", "row", "version")

    def __init__(self, part: Part, row: int, name: str) -> None:
        """Take a row of a part."""
        self.part = part
        self.row = row
        self.name = name
        self.version = part.index.versions[row]
        self.architecture = self.column("Architecture")
        self._text = b""

    def __repr__(self) -> str:
        """Return NAME_VERSION_ARCH, and whose it is."""
        return f"<{self.name}_{self.version}_{self.architecture} of {self.archive}>"

    @property
    def archive(self) -> str:
        """The name of the archive it is in."""
        return self.part.archive

    @property
    def priority(self) -> int:
        """Its priority among versions, as apt counts."""
        own = self.part.priority
        return self.part.index.priority(self.row) if own is None else own

    @property
    def lookaside(self) -> bool:
        """Whether it satisfies relations but is never copied."""
        return self.part.lookaside

    @property
    def udeb(self) -> bool:
        """Whether it is of the installer's own kind, which shares no relation with the others."""
        return self.column("Kind") == UDEB

    @property
    def stanza(self) -> bytes:
        """The stanza's bytes as the archive has them, without the end of the last line."""
        return (self._text or self._read())[1:]

    def column(self, name: str) -> str:
        """Return a value that the index has at hand."""
        return self.part.index.value(name, self.row)

    def field(self, name: str) -> str:
        """Return a field's value, its continuation lines within; '' if it is absent. Case does not matter."""
        spellings = self.part.index.spellings.get(name.lower())
        if not spellings:
            return ""
        text = self._text or self._read()
        for spelled in spellings:
            found = text.find(spelled)
            if found >= 0:
                return value_at(text, found + len(spelled))
        return ""

    def _read(self) -> bytes:
        """Return the stanza after a newline, and keep it: who reads one field mostly reads others, too."""
        starts, ends = self.part.index.spans
        start, end = starts[self.row], ends[self.row]
        # a newline comes before every stanza but the first
        self._text = self.part.stanzas[start - 1 : end] if start else b"\n" + self.part.stanzas[:end]
        return self._text

    def relations(self, name: str) -> tuple[relation.Alternatives, ...]:
        """Return the relations of a field. Raise RelationError."""
        return relation.parse(self.field(name))

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
        """Where the archive has its file."""
        return self.field("Filename").removeprefix("./")

    @property
    def size(self) -> int:
        """Bytes of its file."""
        return int(self.field("Size") or 0)

    @property
    def sha256(self) -> str:
        """The SHA256 of its file."""
        return self.field("SHA256")


def value_at(stanza: bytes, start: int) -> str:
    """Return the value that begins at `start`, to the end of its last continuation line."""
    end = stanza.find(b"\n", start)
    while end >= 0 and stanza[end + 1] in CONTINUES:
        end = stanza.find(b"\n", end + 1)
    return text_of(stanza[start : end if end >= 0 else len(stanza)]).strip()
