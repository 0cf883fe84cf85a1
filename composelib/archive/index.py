"""An index beside a file of stanzas: where each package, provided name and field value is to be found.

It is made once, when the archive is read, with every stanza checked; later it is loaded in milliseconds and stanzas are
parsed only where they are visited. Rows number the packages in the order of the stanzas file.

Format: the line `deb-compose index 1`, a line of JSON (`sections`: name -> [offset, bytes] counted from the end of that
line, and what `Header` says), then the sections: texts of one item a line, and arrays of native integers.
"""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from composelib.archive.checks import NAME, SOURCE, check_binary, check_source
from composelib.archive.stanza import StanzaError, pairs, spans, text_of
from composelib.errors import TrustError

MAGIC = b"deb-compose index 1\n"
COLUMNS = ("Priority", "Section", "Essential", "Multi-Arch", "Task", "Important", "Build-Essential", "Protected")
"""Fields whose values are in the index as written; beside them Architecture, and Source without its version."""
ALL_COLUMNS = ("Architecture", "Source", "Kind", *COLUMNS)
DEB, UDEB = "deb", "udeb"  # the values of Kind
PACKAGE = re.compile(rb"^Package:[ \t]*(.*)", re.MULTILINE | re.IGNORECASE)
PROVIDED = re.compile(r"([A-Za-z0-9][A-Za-z0-9+._-]*)(?::[a-z0-9-]+)?(?:\s*\(\s*=\s*([^\s()]+)\s*\))?")


@dataclass
class Column:
    """A field's values, each once, and for each row the number of its value; 0 is the empty value."""

    values: dict[str, int] = field(default_factory=lambda: {"": 0})
    codes: array[int] = field(default_factory=lambda: array("I"))

    def add(self, value: str) -> None:
        """Append a row's value."""
        self.codes.append(self.values.setdefault(value, len(self.values)))


@dataclass
class Rows:
    """What building gathers, a list item a package."""

    names: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    starts: array[int] = field(default_factory=lambda: array("Q"))
    ends: array[int] = field(default_factory=lambda: array("Q"))
    columns: dict[str, Column] = field(default_factory=lambda: {name: Column() for name in ALL_COLUMNS})
    provided: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    spellings: set[bytes] = field(default_factory=set)


def build(stanzas: bytes, arch: str, place: str) -> bytes:
    """Check every stanza of an archive's indices for an arch (or `source`) and give the index of them.

    Packages of another arch than `arch` and `all` are checked, then left out; with '' none is. `place` says in errors whose stanzas
    these are. Raises TrustError: `PLACE: stanza N (Package NAME): FIELD: what is wrong`.
    """
    rows = Rows()
    for number, (start, end) in enumerate(spans(stanzas), 1):
        stanza = stanzas[start:end]
        try:
            add(rows, stanza, (start, end), arch)
        except StanzaError as error:
            raise TrustError(f"{place}: stanza {number} (Package {first_name(stanza)}): {error}") from None
    if stanzas[-1:] not in {b"", b"\n"}:
        raise TrustError(
            f"{place}: the last stanza (Package {first_name(stanza)}) is cut off: its last line has no end"
        )
    return serialized(rows, arch, len(stanzas))


def first_name(stanza: bytes) -> str:
    """Give what an error calls a stanza by, whatever is wrong with it."""
    match = PACKAGE.search(stanza)
    return match[1][:80].decode(errors="backslashreplace") if match else "?"


def add(rows: Rows, stanza: bytes, span: tuple[int, int], arch: str) -> None:
    """Check a stanza and append its row. Raises StanzaError."""
    found = pairs(stanza)
    values = {name.decode().lower(): value.rstrip(b" \t\n") for name, value in found}
    name = text_of(values.get("package", b""))
    if not NAME.fullmatch(name):
        raise StanzaError(f"Package: {name[:80]!r} is not a package name")
    if arch == SOURCE:
        check_source(values)
    else:
        check_binary(values)
        if arch and values["architecture"] not in {arch.encode(), b"all"}:
            return
    if "provides" in values:
        add_provided(rows, values["provides"])
    rows.names.append(name)
    rows.versions.append(text_of(values["version"]))
    rows.starts.append(span[0])
    rows.ends.append(span[1])
    rows.spellings.update([spelled for spelled, _ in found])
    add_columns(rows, name, values)


def add_columns(rows: Rows, name: str, values: Mapping[str, bytes]) -> None:
    """Append a row's values to the columns."""
    columns = rows.columns
    architecture = values.get("architecture", b"")
    columns["Architecture"].add(text_of(architecture))
    source = values.get("source", b"").split(maxsplit=1)
    columns["Source"].add(text_of(source[0]) if source else name)
    columns["Kind"].add(UDEB if values.get("filename", b"").endswith(b".udeb") else DEB)
    for column in COLUMNS:
        value = values.get(column.lower())
        columns[column].add(" ".join(text_of(value).split()) if value else "")


def add_provided(rows: Rows, value: bytes) -> None:
    """Note what the next row provides. Raises StanzaError for what is no list of names."""
    row = len(rows.names)
    for clause in text_of(value).split(","):
        match = PROVIDED.fullmatch(clause.strip())
        if match is None:
            if not clause.strip():
                continue
            raise StanzaError(f"Provides: {clause.strip()[:80]!r} is not a package name with or without a version")
        rows.provided.setdefault(match[1], []).append((row, match[2] or ""))


def serialized(rows: Rows, arch: str, size: int) -> bytes:
    """Put rows into the file's format."""
    order = sorted(range(len(rows.names)), key=rows.names.__getitem__)
    names = list(dict.fromkeys(rows.names[row] for row in order))
    counts = Counter(rows.names)
    provided = sorted(rows.provided)
    providers = [provider for name in provided for provider in rows.provided[name]]
    sections = {
        "names": lines(names),
        "names.ends": array("I", accumulate(counts[name] for name in names)).tobytes(),
        "names.rows": array("I", order).tobytes(),
        "versions": lines(rows.versions),
        "starts": rows.starts.tobytes(),
        "ends": rows.ends.tobytes(),
        "provided": lines(provided),
        "provided.ends": array("I", accumulate(len(rows.provided[name]) for name in provided)).tobytes(),
        "provided.rows": array("I", [row for row, _ in providers]).tobytes(),
        "provided.versions": lines([version for _, version in providers]),
        "spellings": lines(sorted(text_of(spelled) for spelled in rows.spellings)),
    }
    for name, column in rows.columns.items():
        sections[f"{name}.values"] = lines(column.values)
        sections[f"{name}.codes"] = column.codes.tobytes()
    head = {"arch": arch, "size": size, "count": len(rows.names), "sections": placed(sections)}
    return MAGIC + json.dumps(head).encode() + b"\n" + b"".join(sections.values())


def lines(items: Iterable[str]) -> bytes:
    """Put one item on a line."""
    return "\n".join(items).encode("utf-8", "surrogateescape")


def placed(sections: dict[str, bytes]) -> dict[str, list[int]]:
    """Give of each section where it lies and how long it is."""
    ends = list(accumulate(len(content) for content in sections.values()))
    return {
        name: [end - len(content), len(content)] for (name, content), end in zip(sections.items(), ends, strict=True)
    }


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
