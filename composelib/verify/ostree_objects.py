"""The objects of an OSTree repository in archive mode: what they name, and the checksums that they are named by."""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from composelib.dataclass import dataclass
from composelib.image.ostree.gvariant import frame
from composelib.verify.gvariant_reader import list_elements, measure_offsets, read_end

SUM_SIZE = 32
HEAD_SIZE = 8
"""Bytes before a file's header: its length, and padding."""
SIZE_FIELD = 8
"""Bytes of a number: the header's first, the file's size, does not count in the checksum."""
FIXED = struct.Struct(">Q4I")
"""The numbers that a header begins with: size, user, group, mode, device."""
LARGEST_HEAD = 1 << 20
BLOCK = 1 << 18


def read_commit_roots(commit: bytes) -> tuple[str, str]:
    """Return the dirtree and dirmeta that a commit object names; its type is `(a{sv}aya(say)sstayay)`."""
    end = len(commit) - 6 * measure_offsets(commit)
    return commit[end - 2 * SUM_SIZE : end - SUM_SIZE].hex(), commit[end - SUM_SIZE : end].hex()


def list_tree_objects(tree: bytes) -> Iterator[tuple[str, str]]:
    """Yield the checksum and kind of each object that a dirtree names."""
    for _, kind, checksums in list_tree_rows(tree):
        yield checksums[:SUM_SIZE].hex(), kind
        if kind == "dirtree":
            yield checksums[SUM_SIZE:].hex(), "dirmeta"


def list_tree_entries(tree: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield name, kind and checksum of each file (`filez`) and folder (`dirtree`) that a dirtree names."""
    return ((name, kind, checksums[:SUM_SIZE].hex()) for name, kind, checksums in list_tree_rows(tree))


def list_tree_rows(tree: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Yield name, kind and checksums of each entry of a dirtree, whose type is `(a(say)a(sayay))`."""
    split = read_end(tree, 0)
    for file in list_elements(tree[:split]):
        start = read_end(file, 0)
        yield os.fsdecode(file[: start - 1]), "filez", file[start : start + SUM_SIZE]
    for folder in list_elements(tree[split : len(tree) - measure_offsets(tree)]):
        start, middle = read_end(folder, 0), read_end(folder, 1)
        yield os.fsdecode(folder[: start - 1]), "dirtree", folder[start:middle] + folder[middle : middle + SUM_SIZE]


def list_summary_refs(summary: bytes) -> Iterator[tuple[str, str]]:
    """Yield the refs of a summary with their commits; its type is `(a(s(taya{sv}))a{sv})`."""
    for row in list_elements(summary[: read_end(summary, 0)], alignment=8):
        end = read_end(row, 0)
        start = end + -end % 8 + SIZE_FIELD
        yield row[: end - 1].decode(), row[start : start + SUM_SIZE].hex()


def list_signatures(metadata: bytes) -> Iterator[bytes]:
    """Yield the signatures beside a commit or summary: of the type `a{sv}`, with an array of byte arrays alone."""
    for entry in list_elements(metadata, alignment=8):
        end = read_end(entry, 0)
        value = entry[end + -end % 8 : len(entry) - measure_offsets(entry)]
        name, content = entry[: end - 1], value[: value.rindex(b"\0")]
        if name == b"ostree.gpgsigs":
            yield from list_elements(content)


@dataclass(frozen=True)
class FileHeader:
    """What a file's object says of the file beside its content."""

    size: int
    user: int
    group: int
    mode: int
    target: str
    """Of a symbolic link; else empty."""

    @staticmethod
    def read(stream: IO[bytes]) -> FileHeader:
        """Read the header that an object begins with, `(tuuuusa(ayay))`. Raise ValueError."""
        start = stream.read(HEAD_SIZE)
        head = stream.read(min(int.from_bytes(start[:4], "big"), LARGEST_HEAD))
        if len(head) <= FIXED.size:
            raise ValueError("its header is cut off")
        size, user, group, mode, _ = FIXED.unpack_from(head)
        return FileHeader(size, user, group, mode, os.fsdecode(head[FIXED.size : read_end(head, 0) - 1]))


def read_file_object(path: Path) -> tuple[str, list[str]]:
    """Read a file's object once; return its SHA256 and what is wrong with it.

    Its name is the checksum of its header and its unpacked content. The same content can be packed in several ways, so
    its own SHA256 counts, too.
    """
    packed = hashlib.sha256()
    with path.open("rb", buffering=0) as stream:
        start = stream.read(HEAD_SIZE)
        head = stream.read(min(int.from_bytes(start[:4], "big"), LARGEST_HEAD))
        packed.update(start + head)
        unpacker, fault, plain = zlib.decompressobj(-zlib.MAX_WBITS), "", hashlib.sha256()
        try:
            header = convert_header(head)
            plain.update(len(header).to_bytes(4, "big") + bytes(4) + header)
        except (ValueError, IndexError, StopIteration):
            fault = "its header cannot be read"
        while block := stream.read(BLOCK):
            packed.update(block)
            try:
                plain.update(unpacker.decompress(block))
            except zlib.error:
                fault = fault or "cannot be unpacked"
    if not fault and plain.hexdigest() != path.parent.name + path.stem:
        fault = "its content does not match its name"
    return packed.hexdigest(), [fault] if fault else []


def convert_header(head: bytes) -> bytes:
    """Return a file's header, `(tuuuusa(ayay))`, as it counts in the checksum: `(uuuusa(ayay))`."""
    end = read_end(head, 0)
    if not SIZE_FIELD < end < len(head):
        raise ValueError("its header is cut off")
    content = head[SIZE_FIELD : len(head) - measure_offsets(head)]
    return frame(content, [end - SIZE_FIELD])
