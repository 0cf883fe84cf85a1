"""The names of the members of a tar (tar(5)), read from its blocks without keeping what is in the files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from composelib.archive.format.stanza import StanzaError

BLOCK = 512
LONG_NAME = b"L"
"""The type of an entry whose content is the name of the next one (GNU)."""
NO_MEMBERS = frozenset((b"K", b"V", b"g", b"x"))
"""Types of entries that say something of another one, or of the whole tar."""
LONGEST_NAME = 1 << 16
PLAIN = frozenset((b"0", b"\0"))
"""The types of regular files."""
LARGEST_CONTENT = 4 << 20
OCTAL = re.compile(rb"[0-7]*")
LARGE = 0x80
"""The bit in the first byte of a number that is too large for octal digits."""


class TarHeader(NamedTuple):
    """The header of an entry of a tar."""

    name: bytes
    kind: bytes
    size: int


class BlockReader:
    """Reads spans of bytes from an iterator of blocks of any length, or skips them."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self.blocks = iter(blocks)
        self.buffer = b""
        self.position = 0

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer at the end."""
        end = self.position + size
        while len(self.buffer) < end:
            block = next(self.blocks, b"")
            if not block:
                break
            self.buffer = self.buffer[self.position :] + block
            end -= self.position
            self.position = 0
        span = self.buffer[self.position : end]
        self.position += len(span)
        return span

    def skip(self, size: int) -> None:
        """Pass over the next `size` bytes."""
        remaining = size - (len(self.buffer) - self.position)
        if remaining <= 0:
            self.position += size
            return
        self.buffer, self.position = b"", 0
        for block in self.blocks:
            if len(block) >= remaining:
                self.buffer, self.position = block, remaining
                return
            remaining -= len(block)
        raise StanzaError("its data.tar is cut off")


def read_tar_members(blocks: Iterable[bytes], names: re.Pattern[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name of each member of a tar, and the content of files with one of these `names`; that of larger ones is cut."""
    reader, long_name = BlockReader(blocks), b""
    while (block := reader.read(BLOCK)).strip(b"\0"):
        header = parse_header(block)
        padded = -(-header.size // BLOCK) * BLOCK
        if header.kind == LONG_NAME:
            if header.size > LONGEST_NAME:
                raise StanzaError(f"its data.tar has a name of {header.size} bytes")
            long_name = reader.read(padded)[: header.size].rstrip(b"\0")
            continue
        name, size = long_name or header.name, 0
        if header.kind in PLAIN and names.fullmatch(name):
            size = min(header.size, LARGEST_CONTENT)
        content = reader.read(size)
        reader.skip(padded - size)
        if header.kind not in NO_MEMBERS:
            yield name, content
            long_name = b""


def parse_header(block: bytes) -> TarHeader:
    """Return what the header of an entry says."""
    if len(block) != BLOCK:
        raise StanzaError("its data.tar is cut off")
    name, size = block[:100].partition(b"\0")[0], block[124:136]
    if block[257:263] == b"ustar\0" and (prefix := block[345:500].partition(b"\0")[0]):
        name = prefix + b"/" + name
    return TarHeader(name, block[156:157], parse_size(size))


def parse_size(size: bytes) -> int:
    """Return the number in the field of a size. Raise StanzaError if it is none, or below 0, which would lead backwards."""
    digits = size.strip(b" \0")
    if size[0] & LARGE:
        return int.from_bytes(size[1:], "big")
    if not OCTAL.fullmatch(digits):
        raise StanzaError(f"its data.tar is damaged: {size!r} is not a size")
    return int(digits or b"0", 8)
