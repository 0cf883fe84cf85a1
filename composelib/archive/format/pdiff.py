"""The index of the patches that lead from former states of an index to the present one (wiki.debian.org/DebianRepository/Format).

Each patch, a script for ed(1), leads from one state to the next: apt and debmirror apply one after another.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

INDEX = ".diff/Index"
"""The end of its path, after that of the index."""
NAME = re.compile(r"[0-9]{6}-[0-9a-f]{16}")
"""The name of a patch; debmirror applies them in the order of their names."""
SUFFIX = ".gz"
"""What a packed patch has after its name; apt takes no other."""
MOST_PATCHES = 30


class ContentSums(NamedTuple):
    """The sums of a content, in hex, and its size."""

    sha1: str
    """For debmirror, which knows no other; nothing is trusted by it."""
    sha256: str
    size: int


@dataclass(frozen=True)
class IndexPatch:
    """A patch: the state of the index that it starts from, and its own content, plain and packed."""

    name: str
    start: ContentSums
    plain: ContentSums
    packed: ContentSums


@dataclass(frozen=True)
class PatchIndex:
    """The present state of an index, and the patches that lead to it, the oldest first."""

    current: ContentSums
    patches: tuple[IndexPatch, ...] = ()


def sum_up(content: bytes) -> ContentSums:
    """Return the sums of a content."""
    sha1 = hashlib.sha1(content, usedforsecurity=False)
    return ContentSums(sha1.hexdigest(), hashlib.sha256(content).hexdigest(), len(content))


def name_patch(patches: tuple[IndexPatch, ...], plain: ContentSums) -> str:
    """Return the name of the patch that comes after others: its number, and the beginning of its SHA256."""
    number = int(patches[-1].name.partition("-")[0]) + 1 if patches else 1
    return f"{number:06}-{plain.sha256[:16]}"


def format_patch_index(index: PatchIndex) -> str:
    """Return the text of the file `Index`."""
    return "".join(f"{line}\n" for line in list_index_lines(index))


def list_index_lines(index: PatchIndex) -> Iterator[str]:
    """Yield the lines of the file `Index`."""
    for algorithm in ("sha1", "sha256"):
        yield f"{algorithm.upper()}-Current: {getattr(index.current, algorithm)} {index.current.size}"
    for field, attribute, suffix in (
        ("History", "start", ""),
        ("Patches", "plain", ""),
        ("Download", "packed", SUFFIX),
    ):
        for algorithm in ("sha1", "sha256"):
            yield f"{algorithm.upper()}-{field}:"
            for patch in index.patches:
                sums: ContentSums = getattr(patch, attribute)
                yield f" {getattr(sums, algorithm)} {sums.size} {patch.name}{suffix}"


def parse_patch_index(text: str) -> PatchIndex:
    """Read the file `Index` as it is written here. Raise ValueError or LookupError if it is another's, or broken."""
    fields: dict[str, list[list[str]]] = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if value:
            fields[name] = [value.split()]
        elif line.startswith(" "):
            fields[next(reversed(fields), "")].append(line.split())
        else:
            fields[name] = []
    names = [row[2] for row in fields["SHA256-History"]]
    columns = (read_content_sums(fields, field) for field in ("History", "Patches", "Download"))
    index = PatchIndex(read_content_sums(fields, "Current")[0], tuple(map(IndexPatch, names, *columns)))
    if format_patch_index(index) != text or not all(map(NAME.fullmatch, names)):
        raise ValueError("it is not as it is written here")
    return index


def read_content_sums(fields: Mapping[str, list[list[str]]], field: str) -> list[ContentSums]:
    """Return the rows of a pair of fields."""
    pairs = zip(fields[f"SHA1-{field}"], fields[f"SHA256-{field}"], strict=True)
    return [ContentSums(sha1, sha256, int(size)) for (sha1, *_), (sha256, size, *_) in pairs]
