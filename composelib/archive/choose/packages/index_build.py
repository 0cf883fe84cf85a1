"""Building the index of an archive's stanzas, each of which is checked; `index` beside this module has its format."""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from composelib.archive.choose.packages.index import ALL_COLUMNS, COLUMNS, DEB, MAGIC, UDEB
from composelib.archive.choose.packages.packed_strings import pack_table, pack_texts
from composelib.archive.format.provides import parse_provided
from composelib.archive.format.stanza import (
    HostileStanzaError,
    StanzaError,
    decode_value,
    find_stanzas,
    split_fields,
)
from composelib.archive.format.stanza_checks import NAME, SOURCE, check_binary, check_source
from composelib.errors import TrustError

PACKAGE = re.compile(rb"^Package:[ \t]*(.*)", re.MULTILINE | re.IGNORECASE)
VERSION = re.compile(rb"^Version:[ \t]*(.*)", re.MULTILINE | re.IGNORECASE)


@dataclass
class IndexColumn:
    """A field's values, each once, and for each row the number of its value; 0 is the empty value."""

    values: dict[str, int] = field(default_factory=lambda: {"": 0})
    codes: array[int] = field(default_factory=lambda: array("I"))

    def add(self, value: str) -> None:
        """Append a row's value."""
        self.codes.append(self.values.setdefault(value, len(self.values)))


@dataclass
class IndexRows:
    """The rows collected while an index is built; each list has an item for each package."""

    names: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    starts: array[int] = field(default_factory=lambda: array("Q"))
    ends: array[int] = field(default_factory=lambda: array("Q"))
    columns: dict[str, IndexColumn] = field(default_factory=lambda: {name: IndexColumn() for name in ALL_COLUMNS})
    provided: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    spellings: set[bytes] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    """`NAME VERSION: FIELD: what is wrong` for each odd stanza, which is left out."""


def build_index(stanzas: bytes, arch: str, label: str, priorities: Sequence[tuple[int, int]] = ()) -> bytes:
    """Check every stanza of an archive's indices for an arch (or `source`) and return the index of them.

    Packages of an arch other than `arch` and `all` are checked, then left out; with `arch` '' none is left out. `label` names the stanzas in
    errors; `priorities` are the positions at which the stanzas of each suite begin, each with the suite's priority. An odd
    stanza is left out, and the index says so. Raise TrustError for a hostile one: `LABEL: stanza N (Package NAME): FIELD: what
    is wrong`.
    """
    rows = IndexRows()
    for number, (start, end) in enumerate(find_stanzas(stanzas), 1):
        stanza = stanzas[start:end]
        try:
            add_row(rows, stanza, (start, end), arch)
        except HostileStanzaError as error:
            raise TrustError(f"{label}: stanza {number} (Package {name_stanza(stanza)}): {error}") from None
        except StanzaError as error:
            version = VERSION.search(stanza)
            rows.faults.append(f"{name_stanza(stanza)} {decode_value(version[1])[:80] if version else '?'}: {error}")
    if stanzas[-1:] not in {b"", b"\n"}:
        raise TrustError(
            f"{label}: the last stanza (Package {name_stanza(stanza)}) is cut off: its last line has no newline"
        )
    return serialize(rows, arch, len(stanzas), priorities)


def name_stanza(stanza: bytes) -> str:
    """Return the name by which an error calls a stanza, whatever is wrong with it."""
    match = PACKAGE.search(stanza)
    return match[1][:80].decode(errors="backslashreplace") if match else "?"


def add_row(rows: IndexRows, stanza: bytes, span: tuple[int, int], arch: str) -> None:
    """Check a stanza and append its row. Raise StanzaError."""
    fields = split_fields(stanza)
    values = {name.decode().lower(): value.rstrip(b" \t\n") for name, value in fields}
    name = decode_value(values.get("package", b""))
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
    rows.versions.append(decode_value(values["version"]))
    rows.starts.append(span[0])
    rows.ends.append(span[1])
    rows.spellings.update([spelled for spelled, _ in fields])
    add_columns(rows, name, values)


def add_columns(rows: IndexRows, name: str, values: Mapping[str, bytes]) -> None:
    """Append a row's values to the columns."""
    columns = rows.columns
    architecture = values.get("architecture", b"")
    columns["Architecture"].add(decode_value(architecture))
    source = values.get("source", b"").split(maxsplit=1)
    columns["Source"].add(decode_value(source[0]) if source else name)
    columns["Kind"].add(UDEB if values.get("filename", b"").endswith(b".udeb") else DEB)
    for column in COLUMNS:
        value = values.get(column.lower())
        columns[column].add(" ".join(decode_value(value).split()) if value else "")


def add_provided(rows: IndexRows, value: bytes) -> None:
    """Record what the next row provides. Raise StanzaError if the value is not a list of names."""
    row = len(rows.names)
    for name, provided_version in parse_provided(decode_value(value)):
        rows.provided.setdefault(name, []).append((row, provided_version))


def serialize(rows: IndexRows, arch: str, size: int, priorities: Sequence[tuple[int, int]]) -> bytes:
    """Return the file's content for these rows."""
    order = sorted(range(len(rows.names)), key=rows.names.__getitem__)
    names = list(dict.fromkeys(rows.names[row] for row in order))
    counts = Counter(rows.names)
    numbers = {name: number for number, name in enumerate(names)}
    provided = sorted(rows.provided)
    providers = [provider for name in provided for provider in rows.provided[name]]
    sections = {
        **make_text_sections("names", names),
        **make_table_sections("names", names),
        "names.rows.ends": array("I", accumulate(counts[name] for name in names)).tobytes(),
        "names.rows": array("I", order).tobytes(),
        "row.names": array("I", (numbers[name] for name in rows.names)).tobytes(),
        **make_text_sections("versions", rows.versions),
        "starts": rows.starts.tobytes(),
        "ends": rows.ends.tobytes(),
        **make_table_sections("provided", provided),
        "provided.rows.ends": array("I", accumulate(len(rows.provided[name]) for name in provided)).tobytes(),
        "provided.rows": array("I", [row for row, _ in providers]).tobytes(),
        **make_text_sections("provided.versions", [version for _, version in providers]),
        **make_text_sections("faults", rows.faults),
        **make_text_sections("spellings", sorted(decode_value(spelled) for spelled in rows.spellings)),
    }
    for name, column in rows.columns.items():
        codes = column.codes
        counts_by_code = Counter(codes)
        sections |= make_text_sections(f"{name}.values", column.values)
        sections[f"{name}.codes"] = codes.tobytes()
        sections[f"{name}.rows.ends"] = array(
            "I", accumulate(counts_by_code[code] for code in column.values.values())
        ).tobytes()
        sections[f"{name}.rows"] = array("I", sorted(range(len(codes)), key=codes.__getitem__)).tobytes()
    header = {"arch": arch, "size": size, "count": len(rows.names), "priorities": priorities}
    return (
        MAGIC
        + json.dumps({**header, "sections": locate_sections(sections)}).encode()
        + b"\n"
        + b"".join(sections.values())
    )


def make_text_sections(name: str, items: Iterable[str]) -> dict[str, bytes]:
    """Return the sections of a list of texts."""
    body, ends = pack_texts(items)
    return {name: body, f"{name}.ends": ends}


def make_table_sections(name: str, names: Sequence[str]) -> dict[str, bytes]:
    """Return the sections of a table of names."""
    body, ends = pack_table(names)
    return {f"{name}.table": body, f"{name}.table.ends": ends}


def locate_sections(sections: dict[str, bytes]) -> dict[str, list[int]]:
    """Return the offset and length of each section."""
    ends = list(accumulate(len(content) for content in sections.values()))
    return {
        name: [end - len(content), len(content)] for (name, content), end in zip(sections.items(), ends, strict=True)
    }
