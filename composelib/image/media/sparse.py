"""Copies of files that leave holes where there are zeros."""

from __future__ import annotations

import os
from pathlib import Path

HOLE = 1 << 20  # bytes; a block of zeros of this size is not written


def copy_sparse(source: Path, target: int, offset: int) -> None:
    """Copy a file to an offset of an open file of zeros, leaving holes for blocks of zeros."""
    with source.open("rb") as stream:
        while block := stream.read(HOLE):
            if block.count(0) != len(block):
                os.pwrite(target, block, offset)
            offset += len(block)


def lay_part(part: Path, raw: Path, offset: int) -> None:
    """Move a file to an offset of a disk that has zeros there."""
    with raw.open("rb+") as stream:
        copy_sparse(part, stream.fileno(), offset)
    part.unlink()
