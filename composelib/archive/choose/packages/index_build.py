"""Building the index of an archive's stanzas, each of which is checked; `index` beside this module has its format.

Nearly all stanzas are sound, so what is wrong with one is found out by the slow way, which is taken only where two expressions
do not match.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from itertools import count as count_from
from itertools import repeat

from composelib.archive.choose.packages.index_rows import WANTED, FieldShape, IndexRows, make_shape
from composelib.archive.choose.packages.index_sections import serialize_rows
from composelib.archive.choose.packages.remembered_rows import RememberedRows
from composelib.archive.format.stanza import (
    HostileStanzaError,
    StanzaError,
    decode_value,
    find_stanzas,
    split_fields,
)
from composelib.archive.format.stanza_checks import NAME, SOUND, SOURCE, check_binary, check_source, is_short_path
from composelib.errors import TrustError

PACKAGE = re.compile(rb"^Package:[ \t]*(.*)", re.MULTILINE | re.IGNORECASE)
VERSION = re.compile(rb"^Version:[ \t]*(.*)", re.MULTILINE | re.IGNORECASE)
FIELDS = re.compile(rb"(:|[^:]++:?)[ \t]*+(.*+(?:\n[ \t]++[^ \t\n].*+)*+)\n?")
"""A field's name with its colon, and its value; a line that is neither a field nor a continuation becomes part of a name."""


def build_index(stanzas: bytes, arch: str, label: str, priorities: Sequence[tuple[int, int]] = ()) -> bytes:
    """Check every stanza of an archive's indices for an arch (or `source`) and return the index of them.

    Packages of an arch other than `arch` and `all` are checked, then left out; with `arch` '' none is left out. `label` names the stanzas in
    errors; `priorities` are the positions at which the stanzas of each suite begin, each with the suite's priority. An odd
    stanza is left out, and the index says so. Raise TrustError for a hostile one: `LABEL: stanza N (Package NAME): FIELD: what
    is wrong`.
    """
    return serialize_rows(collect_rows(stanzas, arch, label), arch, len(stanzas), priorities)


def collect_rows(stanzas: bytes, arch: str, label: str, remembered: RememberedRows | None = None) -> IndexRows:
    """Return the rows of `build_index`; those that are remembered are copied. Raise TrustError as it does."""
    rows = IndexRows()
    spans = list(find_stanzas(stanzas))
    if stanzas[-1:] not in {b"", b"\n"}:
        last = name_stanza(stanzas[slice(*spans[-1])])
        raise TrustError(f"{label}: the last stanza (Package {last}) is cut off: its last line has no newline")
    if remembered is None:
        check_stanzas(rows, stanzas, spans, arch, label)
    else:
        copy_or_check_stanzas(rows, stanzas, spans, arch, label, remembered)
    return rows


def check_stanzas(
    rows: IndexRows, stanzas: bytes, spans: Sequence[tuple[int, int]], arch: str, label: str, first: int = 1
) -> None:
    """Check stanzas, numbered from `first` on, and append their rows."""
    for number, (start, end) in enumerate(spans, first):
        stanza = stanzas[start:end]
        try:
            add_row(rows, stanza, (start, end), arch)
        except HostileStanzaError as error:
            raise TrustError(f"{label}: stanza {number} (Package {name_stanza(stanza)}): {error}") from None
        except StanzaError as error:
            version = VERSION.search(stanza)
            rows.faults.append(f"{name_stanza(stanza)} {decode_value(version[1])[:80] if version else '?'}: {error}")


def copy_or_check_stanzas(
    rows: IndexRows,
    stanzas: bytes,
    spans: Sequence[tuple[int, int]],
    arch: str,
    label: str,
    remembered: RememberedRows,
) -> None:
    """Append the rows of stanzas: those that are remembered as they are, the others once they are checked."""
    sha256 = hashlib.sha256
    digests = [sha256(stanzas[start:end]).digest() for start, end in spans]
    old_rows = list(map(remembered.rows.pop, digests, repeat(-1)))  # a stanza that is there twice is checked
    new_rows: dict[int, int] = {}
    position = 0
    while position < len(spans):
        row, end = old_rows[position], position + 1
        if row < 0:
            count = len(rows.names)
            check_stanzas(rows, stanzas, spans[position:end], arch, label, end)
            if len(rows.names) > count:
                rows.digests.append(digests[position])
        else:
            while end < len(spans) and old_rows[end] == old_rows[end - 1] + 1:
                end += 1
            new_rows |= zip(range(row, row + end - position), count_from(len(rows.names)), strict=False)
            remembered.add(rows, row, end - position)
            rows.starts.extend(start for start, _ in spans[position:end])
            rows.ends.extend(last for _, last in spans[position:end])
            rows.digests += digests[position:end]
        position = end
    remembered.add_provided(rows, new_rows)


def name_stanza(stanza: bytes) -> str:
    """Return the name by which an error calls a stanza, whatever is wrong with it."""
    match = PACKAGE.search(stanza)
    return match[1][:80].decode(errors="backslashreplace") if match else "?"


def add_row(rows: IndexRows, stanza: bytes, span: tuple[int, int], arch: str) -> None:
    """Check a stanza and append its row. Raise StanzaError."""
    shape, values = (None, ()) if arch == SOURCE else read_sound(rows, stanza)
    if shape is None:
        shape, values = read_checked(stanza, arch)
    if arch not in {"", SOURCE} and values[2] not in {arch.encode(), b"all"}:
        return
    rows.add(shape, values, span)


def read_sound(rows: IndexRows, stanza: bytes) -> tuple[FieldShape | None, tuple[bytes, ...]]:
    """Return the shape and the values of a binary package's stanza; None for the shape if they are not surely sound."""
    names, texts = zip(*FIELDS.findall(stanza), strict=True)
    shape = rows.find_shape(names)
    if shape is None or b"\0" in stanza:
        return None, ()
    values = shape.select((*texts, b""))
    package, version, architecture, filename, size, sha256 = values[:6]
    head = b"%s\n%s\n%s\n%s\n%s\n%s" % (package, version, architecture, filename, size, sha256)
    return (shape, values) if SOUND.fullmatch(head) and is_short_path(filename) else (None, ())


def read_checked(stanza: bytes, arch: str) -> tuple[FieldShape, tuple[bytes, ...]]:
    """Return the shape and the values of a stanza, each checked on its own. Raise StanzaError, which says what is wrong."""
    fields = split_fields(stanza)
    values = {name.decode().lower(): value.rstrip(b" \t\n") for name, value in fields}
    name = decode_value(values.get("package", b""))
    if not NAME.fullmatch(name):
        raise StanzaError(f"Package: {name[:80]!r} is not a package name")
    if arch == SOURCE:
        check_source(values)
    else:
        check_binary(values)
    shape = make_shape(tuple([b"%s:" % spelled for spelled, _ in fields]))
    return shape, tuple([values.get(name, b"") for name in WANTED])
