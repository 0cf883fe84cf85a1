"""The files of an ISO image and where their bytes lie (ECMA-119; Rock Ridge names, RRIP 1.12 and SUSP 1.12)."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

from composelib.dataclass import dataclass

SECTOR = 2048
VOLUME = 16 * SECTOR
DIRECTORY, CONTINUED = 0x02, 0x80
"""Flags of a record: it is a folder; the next record has more of the same file."""
NAME_FIXED = 33
"""Where a record's name begins."""
MAX_DEPTH = 64
MAX_CONTINUED = 64
"""How often the system use area of a record may be continued."""
MAX_AREA = 1 << 16
"""The most bytes of it that may be in one piece."""


@dataclass(frozen=True)
class DiscFile:
    """A file of a disc."""

    path: str
    extents: tuple[tuple[int, int], ...]
    """Offset and length in bytes of each piece."""

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return sum(length for _, length in self.extents)


@dataclass(frozen=True)
class DiscRecord:
    """An entry of a folder of a disc."""

    name: str
    flags: int
    offset: int
    length: int


def list_disc_files(descriptor: int) -> list[DiscFile]:
    """Return the files of an ISO image that is open. Raise ValueError if it is none."""
    volume = os.pread(descriptor, SECTOR, VOLUME)
    if volume[:6] != b"\x01CD001":
        raise ValueError("it has no volume descriptor")
    try:
        return list(walk_folder(descriptor, read_record(descriptor, volume[156:190]), "", set()))
    except (struct.error, IndexError) as error:
        raise ValueError(f"its folders cannot be read ({error})") from error


def walk_folder(descriptor: int, folder: DiscRecord, path: str, entered: set[int]) -> Iterator[DiscFile]:
    """Yield the files below a folder; `entered` are the offsets of the folders that were entered already."""
    if folder.offset in entered or path.count("/") > MAX_DEPTH:
        raise ValueError("its folders lie in each other")
    entered.add(folder.offset)
    pieces: list[tuple[int, int]] = []
    for record in list_disc_records(descriptor, folder):
        if record.flags & DIRECTORY:
            yield from walk_folder(descriptor, record, f"{path}{record.name}/", entered)
            continue
        pieces.append((record.offset, record.length))
        if not record.flags & CONTINUED:
            yield DiscFile(f"{path}{record.name}", tuple(pieces))
            pieces = []


def list_disc_records(descriptor: int, folder: DiscRecord) -> Iterator[DiscRecord]:
    """Yield the entries of a folder, without itself and its parent; a record never crosses the end of a sector."""
    if not 0 < folder.length <= os.fstat(descriptor).st_size - folder.offset:
        raise ValueError("one of its folders is cut off")
    content = os.pread(descriptor, folder.length, folder.offset)
    position = 0
    while position < len(content):
        size = content[position]
        if size == 0:
            position += SECTOR - position % SECTOR
            continue
        record = content[position : position + size]
        if record[NAME_FIXED : NAME_FIXED + record[32]] not in {b"\0", b"\1"}:
            yield read_record(descriptor, record)
        position += size


def read_record(descriptor: int, record: bytes) -> DiscRecord:
    """Return a directory record (ECMA-119, 9.1)."""
    (sector,) = struct.unpack_from("<I", record, 2)
    (length,) = struct.unpack_from("<I", record, 10)
    end = NAME_FIXED + record[32]
    name = (
        b"".join(list_names(descriptor, record[end + 1 - record[32] % 2 :]))
        or record[NAME_FIXED:end].partition(b";")[0]
    )
    return DiscRecord(os.fsdecode(name), record[25], sector * SECTOR, length)


def list_names(descriptor: int, area: bytes) -> Iterator[bytes]:
    """Yield the pieces of a Rock Ridge name in a record's system use area, and where that is continued."""
    for _ in range(MAX_CONTINUED):
        further = (0, 0)
        while len(area) >= 4 and area[2] >= 4:  # noqa: PLR2004 - the head of an entry
            entry, area = area[: area[2]], area[area[2] :]
            if entry[:2] == b"NM":
                yield entry[5:]
            elif entry[:2] == b"CE":
                sector, _, offset, _, length, _ = struct.unpack_from("<I4sI4sI4s", entry, 4)
                further = (sector * SECTOR + offset, min(length, MAX_AREA))
        if further == (0, 0):
            return
        area = os.pread(descriptor, further[1], further[0])
    raise ValueError("one of its names has no end")
