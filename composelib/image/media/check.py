"""What images have to be made of, read off their bytes: discs (ECMA-119, El Torito) and partitioned disks (UEFI)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from composelib.errors import ComposeError
from composelib.image.media.gpt import ESP, ROOTS, SECTOR

DISC_SECTOR = 2048
VOLUME, BOOT_RECORD = 16, 17  # sectors of a disc
UEFI = 0xEF
PLATFORMS = {0: "El Torito for BIOS", UEFI: "El Torito for UEFI"}
EXT_MAGIC_AT, EXT_MAGIC = 1080, b"\x53\xef"
MAGIC = {  # where and what
    "qcow2": (0, b"QFI\xfb"),
    "vmdk": (0, b"KDMV"),
    "vdi": (64, b"\x7f\x10\xda\xbe"),
    "vhd": (0, b"conectix"),
    "xz": (0, b"\xfd7zXZ\0"),
    "gz": (0, b"\x1f\x8b"),
    "zst": (0, b"\x28\xb5\x2f\xfd"),
    "tar": (257, b"ustar"),
}


class BadImageError(ComposeError):
    """An image is not what it has to be."""


def need(ok: object, path: Path, what: str) -> None:
    """Raise BadImageError when something about an image is not so."""
    if not ok:
        raise BadImageError(f"{path}: {what}")


def at(stream: BinaryIO, place: int, size: int) -> bytes:
    """Read bytes at a place; fewer where the file ends."""
    stream.seek(place)
    return stream.read(size)


def check_disc(path: Path, *, bootable: bool) -> list[str]:
    """Check an ISO image, and that it starts as disc and as disk if it is to; gives what was seen."""
    with path.open("rb") as stream:
        volume = at(stream, VOLUME * DISC_SECTOR, DISC_SECTOR)
        need(volume[:6] == b"\x01CD001", path, "no ISO 9660 volume descriptor at sector 16")
        (blocks,) = struct.unpack_from("<I", volume, 80)
        size = path.stat().st_size
        need(blocks * DISC_SECTOR <= size, path, f"cut off: {size} bytes of {blocks * DISC_SECTOR}")
        seen = [f"volume ID {volume[40:72].decode('ascii', 'replace').strip()}"]
        if not bootable:
            return seen
        seen += el_torito(stream, path)
        need(at(stream, 510, 2) == b"\x55\xaa", path, "no boot record to start from as a disk")
        need(at(stream, SECTOR, 8) == b"EFI PART", path, "no GPT to start from as a disk")
        return [*seen, *gpt(stream, path)]


def el_torito(stream: BinaryIO, path: Path) -> list[str]:
    """Check a disc's boot catalog (El Torito, 2): gives the platforms it starts on."""
    record = at(stream, BOOT_RECORD * DISC_SECTOR, DISC_SECTOR)
    need(record[7:30] == b"EL TORITO SPECIFICATION", path, "no El Torito boot record")
    (catalog,) = struct.unpack_from("<I", record, 0x47)
    entries = at(stream, catalog * DISC_SECTOR, DISC_SECTOR)
    need(sum(struct.unpack("<16H", entries[:32])) & 0xFFFF == 0, path, "the boot catalog's checksum is wrong")
    found = [entries[1]] if entries[32] == 0x88 else []  # noqa: PLR2004 - bootable
    place = 64
    while entries[place] in {0x90, 0x91}:
        found.append(entries[place + 1])
        place += 32 * (1 + struct.unpack_from("<H", entries, place + 2)[0])
    need(UEFI in found, path, "the boot catalog has nothing for UEFI")
    return [PLATFORMS.get(platform, f"El Torito for platform {platform}") for platform in found]


def gpt(stream: BinaryIO, path: Path) -> list[str]:
    """Check a GPT and its backup: gives the types of its partitions."""
    header = at(stream, SECTOR, SECTOR)
    rows = gpt_rows(stream, path, header)
    (backup,) = struct.unpack_from("<Q", header, 32)
    other = at(stream, backup * SECTOR, SECTOR)
    need(other[:8] == b"EFI PART", path, "the GPT's backup is not where it should be")
    gpt_rows(stream, path, other)
    names = [row[56:128].decode("utf-16-le").rstrip("\0") or "unnamed" for row in rows]
    return [f"GPT with {', '.join(names)}"]


def gpt_rows(stream: BinaryIO, path: Path, header: bytes) -> list[bytes]:
    """Give the entries of a GPT whose checksums hold."""
    length, checksum = struct.unpack_from("<II", header, 12)
    blank = header[:16] + bytes(4) + header[20:length]
    need(zlib.crc32(blank) == checksum, path, "the GPT's checksum is wrong")
    table, number, size, entries_checksum = struct.unpack_from("<QIII", header, 72)
    entries = at(stream, table * SECTOR, number * size)
    need(zlib.crc32(entries) == entries_checksum, path, "the checksum of the GPT's entries is wrong")
    return [entries[place : place + size] for place in range(0, len(entries), size) if any(entries[place : place + 16])]


def check_disk(path: Path) -> list[str]:
    """Check a raw disk: tables, an ESP that is a FAT file system, a root that is a file system; gives what was seen."""
    with path.open("rb") as stream:
        need(at(stream, 510, 2) == b"\x55\xaa", path, "no boot record")
        need(at(stream, SECTOR, 8) == b"EFI PART", path, "no GPT")
        seen = gpt(stream, path)
        for row in gpt_rows(stream, path, at(stream, SECTOR, SECTOR)):
            kind = guid(row[:16])
            (first,) = struct.unpack_from("<Q", row, 32)
            if kind == ESP:
                need(at(stream, first * SECTOR + 510, 2) == b"\x55\xaa", path, "the ESP is no FAT file system")
                seen.append("ESP")
            if kind in ROOTS.values():
                magic = at(stream, first * SECTOR + EXT_MAGIC_AT, 2)
                need(magic == EXT_MAGIC, path, "the root partition is no ext4 file system")
                seen.append("ext4 root")
        return seen


def guid(raw: bytes) -> str:
    """Write a GUID as it is stored in a GPT."""
    first, second, third = struct.unpack_from("<IHH", raw)
    return f"{first:08x}-{second:04x}-{third:04x}-{raw[8:10].hex()}-{raw[10:].hex()}"


def check_magic(path: Path, form: str) -> list[str]:
    """Check the bytes by which a format is known."""
    place, magic = MAGIC[form]
    with path.open("rb") as stream:
        need(at(stream, place, len(magic)) == magic, path, f"not {form}: its magic bytes are missing")
    return [f"{form} magic"]


def check_for(path: Path, *, bootable: bool) -> Callable[[], list[str]]:
    """Give what checks an image by its name."""
    last = path.suffix.removeprefix(".")
    if last == "iso":
        return lambda: check_disc(path, bootable=bootable)
    if last == "raw":
        return lambda: check_disk(path)
    return lambda: check_magic(path, last) if last in MAGIC else []
