"""Compressed files whose bytes depend on their content alone."""

from __future__ import annotations

import gzip
from pathlib import Path

from composelib.files import written_aside
from composelib.text.xz_blocks import compress_xz


def write_packed(path: Path, text: bytes) -> None:
    """Write a text compressed as the path's suffix says; the bytes depend on the text alone."""
    with written_aside(path, may_be_empty=True) as aside, aside.open("wb") as stream:
        if path.suffix == ".xz":
            stream.write(compress_xz(text))
        else:
            with gzip.GzipFile("", "wb", 9, stream, mtime=0) as compressor:
                compressor.write(text)
