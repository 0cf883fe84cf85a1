"""Disks on which one file is not what was signed."""

from __future__ import annotations

import mmap
import subprocess
from pathlib import Path

BLOCK = 4096
"""Bytes of a file that lie together on a disk, at least."""
ALTERED = 3000
"""The byte that is changed: behind the headers of a program in PE form, in its first block."""


def write_altered(disk: Path, content: bytes, to: Path) -> Path:
    """Copy a disk, with a byte changed in the file on it that has this content; return the copy."""
    subprocess.run(["cp", "--sparse=always", disk, to], check=True)
    with to.open("r+b") as stream, mmap.mmap(stream.fileno(), 0) as mapped:
        start = mapped.find(content[:BLOCK])
        assert start >= 0
        mapped[start + ALTERED] ^= 1
    return to
