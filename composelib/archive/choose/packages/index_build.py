"""Making the index of an archive's stanzas, of which each is checked; composelib.archive.choose.packages.index says what it is."""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from composelib.archive.choose.packages.packed_strings import packed, table
from composelib.archive.format.stanza import StanzaError, pairs, spans, text_of
from composelib.archive.format.stanza_checks import NAME, SOURCE, check_binary, check_source
from composelib.errors import TrustError

MAGIC = b"deb-compose index 3\n"
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


def build(stanzas: bytes, arch: str, place: str, priorities: Sequence[tuple[int, int]] = ()) -> bytes:
    """Check every stanza of an archive's indices for an arch (or `source`) and give the index of them.

    Packages of another arch than `arch` and `all` are checked, then left out; with '' none is. `place` says in errors whose stanzas
    these are; `priorities` has where the stanzas of each suite begin, and its priority. Raises TrustError: `PLACE: stanza N (Package NAME): FIELD: what is wrong`.
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
    return serialized(rows, arch, len(stanzas), priorities)


def first_name(stanza: bytes) -> str:
    """Return what an error calls a stanza by, whatever is wrong with it."""
    match = PACKAGE.search(stanza)
    return match[1][:80].decode(errors="backslashreplace") if match else "?"


def add(rows: Rows, stanza: bytes, span: tuple[int, int], arch: str) -> None:
    """Check a stanza and append its row. Raise StanzaError."""
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
    """Record what the next row provides. Raise StanzaError for what is no list of names."""
    row = len(rows.names)
    for clause in text_of(value).split(","):
        match = PROVIDED.fullmatch(clause.strip())
        if match is None:
            if not clause.strip():
                continue
            raise StanzaError(f"Provides: {clause.strip()[:80]!r} is not a package name with or without a version")
        rows.provided.setdefault(match[1], []).append((row, match[2] or ""))


def serialized(rows: Rows, arch: str, size: int, priorities: Sequence[tuple[int, int]]) -> bytes:
    """Put rows into the file's format."""
    order = sorted(range(len(rows.names)), key=rows.names.__getitem__)
    names = list(dict.fromkeys(rows.names[row] for row in order))
    counts = Counter(rows.names)
    numbers = {name: number for number, name in enumerate(names)}
    provided = sorted(rows.provided)
    providers = [provider for name in provided for provider in rows.provided[name]]
    sections = {
        **texts("names", names),
        **name_table("names", names),
        "names.rows.ends": array("I", accumulate(counts[name] for name in names)).tobytes(),
        "names.rows": array("I", order).tobytes(),
        "row.names": array("I", (numbers[name] for name in rows.names)).tobytes(),
        **texts("versions", rows.versions),
        "starts": rows.starts.tobytes(),
        "ends": rows.ends.tobytes(),
        **name_table("provided", provided),
        "provided.rows.ends": array("I", accumulate(len(rows.provided[name]) for name in provided)).tobytes(),
        "provided.rows": array("I", [row for row, _ in providers]).tobytes(),
        **texts("provided.versions", [version for _, version in providers]),
        **texts("spellings", sorted(text_of(spelled) for spelled in rows.spellings)),
    }
    for name, column in rows.columns.items():
        codes = column.codes
        having = Counter(codes)
        sections |= texts(f"{name}.values", column.values)
        sections[f"{name}.codes"] = codes.tobytes()
        sections[f"{name}.rows.ends"] = array(
            "I", accumulate(having[code] for code in column.values.values())
        ).tobytes()
        sections[f"{name}.rows"] = array("I", sorted(range(len(codes)), key=codes.__getitem__)).tobytes()
    about = {"arch": arch, "size": size, "count": len(rows.names), "priorities": priorities}
    return MAGIC + json.dumps({**about, "sections": placed(sections)}).encode() + b"\n" + b"".join(sections.values())


def texts(name: str, items: Iterable[str]) -> dict[str, bytes]:
    """Return the sections of a list of texts."""
    body, ends = packed(items)
    return {name: body, f"{name}.ends": ends}


def name_table(name: str, names: Sequence[str]) -> dict[str, bytes]:
    """Return the sections of a table of names."""
    body, ends = table(names)
    return {f"{name}.table": body, f"{name}.table.ends": ends}


def placed(sections: dict[str, bytes]) -> dict[str, list[int]]:
    """Return of each section where it lies and how long it is."""
    ends = list(accumulate(len(content) for content in sections.values()))
    return {
        name: [end - len(content), len(content)] for (name, content), end in zip(sections.items(), ends, strict=True)
    }
