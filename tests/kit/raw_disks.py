"""Raw disks to convert and to check: with tables, and of their file systems only what they are known by."""

from __future__ import annotations

from pathlib import Path

from composelib.image.media import disk_layout, gpt

SIZE = 128 << 20


def write_raw_disk(path: Path, code: bytes = b"", arch: str = "amd64") -> Path:
    """Write a disk that starts with boot code; return its path."""
    layout = disk_layout.lay_out_disk("tiny", arch, SIZE)
    start, end = gpt.write_tables(layout.size, layout.guid, layout.partitions, code)
    with path.open("wb") as stream:
        stream.write(start)
        stream.seek(layout.esp.start + 510)
        stream.write(b"\x55\xaa")
        stream.seek(layout.root.partition.start + 1080)
        stream.write(b"\x53\xef")
        stream.seek(layout.size - len(end))
        stream.write(end)
    return path
