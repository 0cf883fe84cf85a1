"""The sections of an index's file, made of its rows; the same whatever order the rows' values were first met in."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from composelib.archive.choose.packages.index import COLUMNS, MAGIC
from composelib.archive.choose.packages.index_rows import IndexRows
from composelib.archive.choose.packages.packed_strings import pack_table, pack_texts

TRAITS = ("Architecture", "Kind", *COLUMNS, "Fields")
"""The columns of a row's traits."""


def serialize_rows(rows: IndexRows, arch: str, size: int, priorities: Sequence[tuple[int, int]]) -> bytes:
    """Return the file's content for these rows."""
    sections = {**make_name_sections(rows), **make_provided_sections(rows), **make_column_sections(rows)}
    sections["unparsable"] = array("I", rows.unparsable).tobytes()
    sections |= make_text_sections("faults", rows.faults)
    sections |= make_text_sections(
        "spellings", sorted({name for traits in rows.numbers for name in traits[-1].removesuffix(":").split(":")})
    )
    header = {
        "arch": arch,
        "size": size,
        "count": len(rows.names),
        "priorities": priorities,
        "qualified": any(":" in name for name in rows.provided),
        "sections": locate_sections(sections),
    }
    return MAGIC + json.dumps(header).encode() + b"\n" + b"".join(sections.values())


def make_name_sections(rows: IndexRows) -> dict[str, bytes]:
    """Return the sections of names, versions and spans."""
    counts = Counter(rows.names)
    names = sorted(counts)
    numbers = {name: number for number, name in enumerate(names)}
    return {
        **make_text_sections("names", names),
        **make_table_sections("names", names),
        "names.rows.ends": array("I", accumulate(map(counts.__getitem__, names))).tobytes(),
        "names.rows": array("I", sorted(range(len(rows.names)), key=rows.names.__getitem__)).tobytes(),
        "row.names": array("I", map(numbers.__getitem__, rows.names)).tobytes(),
        **make_text_sections("versions", rows.versions),
        "starts": rows.starts.tobytes(),
        "ends": rows.ends.tobytes(),
    }


def make_provided_sections(rows: IndexRows) -> dict[str, bytes]:
    """Return the sections of what is provided."""
    provided = sorted(rows.provided)
    providers = [provider for name in provided for provider in rows.provided[name]]
    return {
        **make_table_sections("provided", provided),
        "provided.rows.ends": array("I", accumulate(len(rows.provided[name]) for name in provided)).tobytes(),
        "provided.rows": array("I", [row for row, _ in providers]).tobytes(),
        **make_text_sections("provided.versions", [version for _, version in providers]),
    }


def make_column_sections(rows: IndexRows) -> dict[str, bytes]:
    """Return the sections of all columns."""
    sections: dict[str, bytes] = {}
    for name, values in (("Source", rows.sources), *list_trait_columns(rows)):
        distinct = sorted({"", *values})
        codes_by_value = {value: code for code, value in enumerate(distinct)}
        codes = array("I", map(codes_by_value.__getitem__, values))
        counts = Counter(codes)
        sections |= make_text_sections(f"{name}.values", distinct)
        sections[f"{name}.codes"] = codes.tobytes()
        sections[f"{name}.rows.ends"] = array("I", accumulate(map(counts.__getitem__, range(len(distinct))))).tobytes()
        sections[f"{name}.rows"] = array("I", sorted(range(len(codes)), key=codes.__getitem__)).tobytes()
    return sections


def list_trait_columns(rows: IndexRows) -> Iterator[tuple[str, list[str]]]:
    """Yield the columns of the rows' traits, each with its value for every row."""
    for position, name in enumerate(TRAITS):
        values = [traits[position] for traits in rows.numbers]
        yield name, list(map(values.__getitem__, rows.traits))


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
