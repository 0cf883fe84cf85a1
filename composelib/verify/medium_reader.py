"""Reads an ISO image once: hashes it, and compares what is on it as planned."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.dataclass import dataclass
from composelib.verify.iso9660 import DiscFile

if TYPE_CHECKING:
    from hashlib import _Hash

BLOCK = 1 << 18
"""Small enough to stay in the processor's cache while it is hashed and compared."""


@dataclass
class MediumPlan:
    """What each file of a medium is to be compared with."""

    files: dict[str, DiscFile] = field(default_factory=dict)
    twins: dict[str, str] = field(default_factory=dict)
    """The path in the tree of the file that must have the same bytes."""
    sums: dict[str, str] = field(default_factory=dict)
    """The SHA256 that a file must have; one with a twin is not hashed."""
    faults: list[str] = field(default_factory=list)
    """What is wrong already."""


@dataclass
class DiscPass:
    """One pass over an image."""

    descriptor: int
    whole: _Hash = field(default_factory=hashlib.sha256)
    position: int = 0
    """How much of the image is in `whole`."""
    buffer: bytearray = field(default_factory=lambda: bytearray(BLOCK))
    twin_buffer: bytearray = field(default_factory=lambda: bytearray(BLOCK))

    def read(self, offset: int, length: int) -> Iterator[memoryview]:
        """Yield the bytes of a piece; add them, and what lies before them, to `whole`, unless they are there already.

        A block is valid until the next one.
        """
        self.skip_to(offset)
        is_next = offset == self.position
        for block in read_blocks(self.descriptor, offset, length, self.buffer):
            if is_next:
                self.whole.update(block)
            yield block
        if is_next:
            self.position = offset + length

    def skip_to(self, offset: int) -> None:
        """Add all up to an offset to `whole`."""
        for block in read_blocks(self.descriptor, self.position, offset - self.position, self.buffer):
            self.whole.update(block)
        self.position = max(self.position, offset)

    def is_same(self, block: memoryview, twin: int, offset: int) -> bool:
        """Return whether another file has the same bytes from an offset on as the block just read."""
        with memoryview(self.twin_buffer)[: len(block)] as twin_view:
            if os.preadv(twin, [twin_view], offset) != len(block):
                return False
            if len(block) == BLOCK:
                return self.buffer == self.twin_buffer
            return bytes(block) == bytes(twin_view)  # views are compared byte by byte, which takes long


def read_medium(root: Path, plan: MediumPlan, iso: Path) -> tuple[str, list[str]]:
    """Read a medium once; return its SHA256 and what differs on it."""
    faults = [*plan.faults, *(f"{path}: is not on it" for path in (*plan.sums, *plan.twins) if path not in plan.files)]
    with iso.open("rb", buffering=0) as disc:
        reading = DiscPass(disc.fileno())
        for file in sorted(plan.files.values(), key=lambda file: file.extents):
            if file.path in plan.twins:
                faults += compare_twin(reading, file, plan.twins[file.path], root)
            elif file.path in plan.sums:
                faults += compare_disc_sum(reading, file, plan.sums[file.path])
        reading.skip_to(iso.stat().st_size)
    return reading.whole.hexdigest(), faults


def compare_twin(reading: DiscPass, file: DiscFile, twin: str, root: Path) -> Iterator[str]:
    """Yield a line if a file of a medium differs from its twin in the tree."""
    with open_descriptor(root / twin) as descriptor:
        same, start = os.fstat(descriptor).st_size == file.size, 0
        for offset, length in file.extents:
            for block in reading.read(offset, length):
                same = same and reading.is_same(block, descriptor, start)
                start += len(block)
    if not same:
        yield f"{file.path}: differs from {twin}"


def compare_disc_sum(reading: DiscPass, file: DiscFile, sha256: str) -> Iterator[str]:
    """Yield a line if a file of a medium does not have a SHA256."""
    digest = hashlib.sha256()
    for offset, length in file.extents:
        for block in reading.read(offset, length):
            digest.update(block)
    if digest.hexdigest() != sha256:
        yield f"{file.path}: its content does not match its checksum on the medium"


@contextmanager
def open_descriptor(path: Path) -> Iterator[int]:
    """Yield the descriptor of a file that is open for the block."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def read_blocks(descriptor: int, offset: int, length: int, buffer: bytearray) -> Iterator[memoryview]:
    """Yield the bytes of a file from an offset on, block by block, each in the buffer; fewer where the file ends."""
    with memoryview(buffer) as view:
        while length > 0 and (size := os.preadv(descriptor, [view[: min(len(buffer), length)]], offset)):
            yield view[:size]
            offset, length = offset + size, length - size
