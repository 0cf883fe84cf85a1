"""The sections of an index's file, made of its rows; the same whatever order the rows' values were first met in."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import itemgetter

from composelib.archive.choose.packages.index import BYTE_VALUES, COLUMNS, MAGIC
from composelib.archive.choose.packages.index_rows import IndexRows
from composelib.archive.choose.packages.packed_strings import pack_table, pack_texts

TRAITS = ("Architecture", "Kind", *COLUMNS, "Fields")
"""The columns of a row's traits."""


def serialize_rows(rows: IndexRows, arch: str, size: int, priorities: Sequence[tuple[int, int]]) -> bytes:
    """Return the file's content for these rows."""
    sections = {**make_name_sections(rows), **make_provided_sections(rows), **make_column_sections(rows)}
    sections["unparsable"] = array("I", sorted(rows.unparsable)).tobytes()
    sections |= make_text_sections("faults", rows.faults)
    sections |= make_text_sections("spellings", list_spellings(rows))
    header = {
        "arch": arch,
        "size": size,
        "count": len(rows.names),
        "priorities": priorities,
        "qualified": any(":" in name for name, _, _ in rows.provided),
        "sections": locate_sections(sections),
    }
    return MAGIC + json.dumps(header).encode() + b"\n" + b"".join(sections.values())


def list_spellings(rows: IndexRows) -> list[str]:
    """Return the names of all fields that rows have, as they are spelled."""
    used = set(rows.traits)
    shapes = {traits[-1] for number, traits in enumerate(rows.numbers) if number in used}
    return sorted({name for shape in shapes for name in shape.removesuffix(":").split(":")})


def make_name_sections(rows: IndexRows) -> dict[str, bytes]:
    """Return the sections of names, versions and spans."""
    counts = Counter(rows.names)
    names = sorted(counts)
    numbers_by_name = {name: number for number, name in enumerate(names)}
    numbers = array("I", map(numbers_by_name.__getitem__, rows.names))
    return {
        **make_text_sections("names", names),
        **make_table_sections("names", names),
        "names.rows.ends": array("I", accumulate(map(counts.__getitem__, names))).tobytes(),
        "names.rows": array("I", sorted(range(len(numbers)), key=numbers.__getitem__)).tobytes(),
        "row.names": numbers.tobytes(),
        **make_text_sections("versions", rows.versions),
        "starts": rows.starts.tobytes(),
        "ends": rows.ends.tobytes(),
    }


def make_provided_sections(rows: IndexRows) -> dict[str, bytes]:
    """Return the sections of what is provided."""
    provided = sorted(rows.provided, key=itemgetter(0, 1))
    counts = Counter([name for name, _, _ in provided])
    names = list(counts)
    return {
        **make_text_sections("provided", names),
        **make_table_sections("provided", names),
        "provided.rows.ends": array("I", accumulate(counts.values())).tobytes(),
        "provided.rows": array("I", [row for _, row, _ in provided]).tobytes(),
        **make_text_sections("provided.versions", [version for _, _, version in provided]),
    }


def make_column_sections(rows: IndexRows) -> dict[str, bytes]:
    """Return the sections of all columns."""
    sources = sorted({"", *rows.sources})
    codes_by_source = {value: code for code, value in enumerate(sources)}
    sections = make_column_section("Source", sources, map(codes_by_source.__getitem__, rows.sources))
    used = set(rows.traits)
    for position, name in enumerate(TRAITS):
        values = [traits[position] for traits in rows.numbers]
        distinct = sorted({"", *(value for number, value in enumerate(values) if number in used)})
        codes_by_value = {value: code for code, value in enumerate(distinct)}
        codes_of_traits = [codes_by_value.get(value, 0) for value in values]  # an earlier index may have others
        sections |= make_column_section(name, distinct, map(codes_of_traits.__getitem__, rows.traits))
    return sections


def make_column_section(name: str, values: Sequence[str], codes: Iterable[int]) -> dict[str, bytes]:
    """Return the sections of a column: its values, sorted, the code of each row's, and of many values the rows of each."""
    sections = make_text_sections(f"{name}.values", values)
    if len(values) <= BYTE_VALUES:
        return sections | {f"{name}.codes": bytes(codes)}
    numbers = array("I", codes)
    counts = Counter(numbers)
    return {
        **sections,
        f"{name}.codes": numbers.tobytes(),
        f"{name}.rows.ends": array("I", accumulate(counts[code] for code in range(len(values)))).tobytes(),
        f"{name}.rows": array("I", sorted(range(len(numbers)), key=numbers.__getitem__)).tobytes(),
    }


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
