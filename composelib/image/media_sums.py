"""Checksums that a medium carries of its own files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path


def files_below(tree: Path) -> Iterator[Path]:
    """Give the files of a tree, sorted by their path in it."""
    found = (Path(folder, name).relative_to(tree) for folder, _, names in os.walk(tree) for name in names)
    return iter(sorted(found, key=str))


def sum_lines(tree: Path, algorithm: str, without: str = "") -> str:
    """Give a checksum of each file of a tree but one, `HEX  ./PATH` a line, as sha256sum(1) prints it.

    `without` is the boot image for BIOS: xorriso writes into it where on the medium it lies.
    """
    lines = []
    for name in files_below(tree):
        if str(name) != without:
            with (tree / name).open("rb") as stream:
                lines.append(f"{hashlib.file_digest(stream, algorithm).hexdigest()}  ./{name}\n")
    return "".join(lines)
