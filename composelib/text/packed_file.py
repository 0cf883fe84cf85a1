"""Compressed files whose bytes depend on their content alone."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

from composelib.files import write_file
from composelib.text.xz_blocks import compress_xz


def compress_as(text: bytes, suffix: str) -> bytes:
    """Return a text compressed as the suffix of a file says; the bytes depend on the text alone."""
    if suffix == ".xz":
        return compress_xz(text)
    packed = io.BytesIO()
    with gzip.GzipFile("", "wb", 9, packed, mtime=0) as compressor:  # gzip.compress: not the same in every Python
        compressor.write(text)
    return packed.getvalue()


def write_packed(path: Path, text: bytes) -> None:
    """Write a text compressed as the path's suffix says."""
    write_file(path, compress_as(text, path.suffix))
