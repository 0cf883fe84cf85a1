"""The device of a btrfs file system: a partition of a disk, written to by addresses."""

from __future__ import annotations

import os
from collections.abc import Iterable

from composelib.errors import ComposeError
from composelib.image.filesystems.btrfs.format import DATA, Chunk, Item
from composelib.image.media.sparse import HOLE

MIB = 1 << 20
SYSTEM_START, SYSTEM_SIZE = MIB, 8 * MIB
METADATA_START = SYSTEM_START + 2 * SYSTEM_SIZE
SUPERBLOCKS = (64 << 10, 64 << 20, 256 << 30)
"""Where a device has its superblocks, as far as it reaches."""
DATA_START = 65 * MIB
"""Where data begin: after the second superblock, so that none is in a chunk."""
DATA_CHUNK = 1 << 30
MOST = 64 * MIB
"""Bytes of an extent, which may have 128 MiB."""
SPARE = 8 * MIB
"""Bytes left free in a chunk."""


class Device:
    """A partition of a disk, whose addresses are its bytes."""

    def __init__(self, target: int, offset: int, size: int) -> None:
        """Take an open file, and where in it the partition lies."""
        self.target, self.offset, self.size = target, offset, size
        self.end = DATA_START

    def write(self, address: int, content: bytes) -> None:
        """Write bytes, leaving holes for zeros."""
        for start in range(0, len(content), HOLE):
            block = content[start : start + HOLE]
            if block.count(0) != len(block):
                os.pwrite(self.target, block, self.offset + address + start)

    def store(self, content: bytes) -> int:
        """Write the content of a file's extent after the others, not across the border of two chunks; return its address."""
        chunk = (self.end - DATA_START) // DATA_CHUNK
        border = DATA_START + (chunk + 1) * DATA_CHUNK
        address = border if self.end + len(content) > border else self.end
        self.end = address + len(content)
        self.require(self.end)
        self.write(address, content)
        return address

    def require(self, end: int) -> None:
        """Raise ComposeError if the device ends before an address."""
        if end > self.size:
            raise ComposeError(
                f"{self.size / 1e6:.0f} MB are too small for a btrfs file system of {end / 1e6:.0f} MB",
                "give its partition a larger `size`",
            )


def list_data_chunks(end: int, extents: Iterable[Item]) -> list[Chunk]:
    """Return the chunks of the data, which end at an address, the last chunk with room to spare."""
    count = (end - DATA_START) // DATA_CHUNK + 1
    used = [0] * count
    for (address, _, length), _ in extents:
        used[(address - DATA_START) // DATA_CHUNK] += length
    starts = [DATA_START + number * DATA_CHUNK for number in range(count)]
    last = min(-(-(used[-1] + SPARE) // MIB) * MIB, DATA_CHUNK)
    lengths = [DATA_CHUNK] * (count - 1) + [last]
    return [Chunk(start, length, DATA, size) for start, length, size in zip(starts, lengths, used, strict=True)]
