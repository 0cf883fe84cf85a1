"""Check by its bytes that an image is whole and bootable: discs (ECMA-119, El Torito), partitioned disks (UEFI)."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import BinaryIO

from composelib.errors import ComposeError
from composelib.image.media.gpt import ESP, ROOTS, SECTOR

DISC_SECTOR = 2048
VOLUME, BOOT_RECORD = 16, 17  # sectors of a disc
UEFI = 0xEF
PLATFORMS = {0: "El Torito for BIOS", UEFI: "El Torito for UEFI"}
ROOT_MAGIC = {"ext4": (1080, b"\x53\xef"), "btrfs": (65600, b"_BHRfS_M")}
"""By file system: an offset and the bytes there."""
MAGIC = {  # by format: an offset and the bytes there
    "qcow2": (0, b"QFI\xfb"),
    "vmdk": (0, b"KDMV"),
    "vdi": (64, b"\x7f\x10\xda\xbe"),
    "vhd": (0, b"conectix"),
    "vhdx": (0, b"vhdxfile"),
    "xz": (0, b"\xfd7zXZ\0"),
    "gz": (0, b"\x1f\x8b"),
    "zst": (0, b"\x28\xb5\x2f\xfd"),
    "tar": (257, b"ustar"),
}
WRAPPERS = {"ova": "tar", "box": "tar", "wsl": "gz", "incus": "xz"}
"""Formats that are files of a plainer one, by their suffix."""
VHD_FOOTER = 512
SIGNATURE = b"EFI PART"
"""What the header of a GPT begins with."""


class BadImageError(ComposeError):
    """An image is damaged, or not of the format or size that it should be."""


def require(ok: object, path: Path, fault: str) -> None:
    """Raise BadImageError with this fault of an image unless `ok`."""
    if not ok:
        raise BadImageError(f"{path}: {fault}")


def read_at(stream: BinaryIO, offset: int, size: int) -> bytes:
    """Return bytes from an offset on; fewer where the file ends."""
    stream.seek(offset)
    return stream.read(size)


def check_image(path: Path, *, bootable: bool) -> list[str]:
    """Check an image as its suffix says; return what is in it, in words. Raise BadImageError."""
    suffix = path.suffix.removeprefix(".")
    if suffix == "iso":
        return check_disc(path, bootable=bootable)
    if suffix == "raw":
        return check_disk(path)
    form = WRAPPERS.get(suffix, suffix)
    return check_magic(path, form) if form in MAGIC else []


def check_disc(path: Path, *, bootable: bool) -> list[str]:
    """Check an ISO image, and if `bootable` that it starts as disc and as disk; return what is in it, in words."""
    with path.open("rb") as stream:
        volume = read_at(stream, VOLUME * DISC_SECTOR, DISC_SECTOR)
        require(volume[:6] == b"\x01CD001", path, "no ISO 9660 volume descriptor at sector 16")
        (blocks,) = struct.unpack_from("<I", volume, 80)
        size = path.stat().st_size
        require(blocks * DISC_SECTOR <= size, path, f"cut off: {size} bytes of {blocks * DISC_SECTOR}")
        seen = [f"volume ID {volume[40:72].decode('ascii', 'replace').strip()}"]
        if not bootable:
            return seen
        seen += check_el_torito(stream, path)
        require(read_at(stream, 510, 2) == b"\x55\xaa", path, "no boot record to start from as a disk")
        require(read_at(stream, SECTOR, 8) == SIGNATURE, path, "no GPT to start from as a disk")
        return [*seen, *check_gpt(stream, path)]


def check_el_torito(stream: BinaryIO, path: Path) -> list[str]:
    """Check a disc's boot catalog (El Torito, 2); return the platforms that it starts on."""
    record = read_at(stream, BOOT_RECORD * DISC_SECTOR, DISC_SECTOR)
    require(record[7:30] == b"EL TORITO SPECIFICATION", path, "no El Torito boot record")
    (catalog,) = struct.unpack_from("<I", record, 0x47)
    entries = read_at(stream, catalog * DISC_SECTOR, DISC_SECTOR)
    require(sum(struct.unpack("<16H", entries[:32])) & 0xFFFF == 0, path, "the boot catalog's checksum is wrong")
    platforms = [entries[1]] if entries[32] == 0x88 else []  # noqa: PLR2004 - bootable
    offset = 64
    while entries[offset] in {0x90, 0x91}:
        platforms.append(entries[offset + 1])
        offset += 32 * (1 + struct.unpack_from("<H", entries, offset + 2)[0])
    require(UEFI in platforms, path, "the boot catalog has nothing for UEFI")
    return [PLATFORMS.get(platform, f"El Torito for platform {platform}") for platform in platforms]


def check_gpt(stream: BinaryIO, path: Path) -> list[str]:
    """Check a GPT and its backup; return the names of its partitions."""
    header = read_at(stream, SECTOR, SECTOR)
    rows = read_partitions(stream, path, header)
    (last,) = struct.unpack_from("<Q", header, 32)
    backup = read_at(stream, last * SECTOR, SECTOR)
    require(backup[:8] == SIGNATURE, path, "the GPT's backup is not where it should be")
    read_partitions(stream, path, backup)
    names = [row[56:128].decode("utf-16-le").rstrip("\0") or "unnamed" for row in rows]
    return [f"GPT with {', '.join(names)}"]


def read_partitions(stream: BinaryIO, path: Path, header: bytes) -> list[bytes]:
    """Return the entries of a GPT. Raise BadImageError if a checksum is wrong."""
    length, checksum = struct.unpack_from("<II", header, 12)
    blank = header[:16] + bytes(4) + header[20:length]
    require(zlib.crc32(blank) == checksum, path, "the GPT's checksum is wrong")
    table, number, size, entries_checksum = struct.unpack_from("<QIII", header, 72)
    entries = read_at(stream, table * SECTOR, number * size)
    require(zlib.crc32(entries) == entries_checksum, path, "the checksum of the GPT's entries is wrong")
    return [
        entries[offset : offset + size] for offset in range(0, len(entries), size) if any(entries[offset : offset + 16])
    ]


def check_disk(path: Path) -> list[str]:
    """Check a raw disk: its tables, that its ESP is FAT and its root a file system; return what is in it, in words."""
    with path.open("rb") as stream:
        require(read_at(stream, 510, 2) == b"\x55\xaa", path, "no boot record")
        require(read_at(stream, SECTOR, 8) == SIGNATURE, path, "no GPT")
        seen = check_gpt(stream, path)
        for row in read_partitions(stream, path, read_at(stream, SECTOR, SECTOR)):
            kind = write_guid(row[:16])
            (first,) = struct.unpack_from("<Q", row, 32)
            if kind == ESP:
                require(read_at(stream, first * SECTOR + 510, 2) == b"\x55\xaa", path, "the ESP is no FAT file system")
                seen.append("ESP")
            if kind in ROOTS.values():
                seen.append(f"{name_root(stream, first * SECTOR, path)} root")
        return seen


def name_root(stream: BinaryIO, start: int, path: Path) -> str:
    """Return which file system begins at an offset of a disk. Raise BadImageError if it is none that a root can have."""
    names = [name for name, (at, magic) in ROOT_MAGIC.items() if read_at(stream, start + at, len(magic)) == magic]
    require(names, path, f"the root partition is no file system of {', '.join(ROOT_MAGIC)}")
    return names[0]


def find_arch(path: Path) -> str:
    """Return the arch of a raw disk, by the type of its root partition; empty if it has none."""
    with path.open("rb") as stream:
        header = read_at(stream, SECTOR, SECTOR)
        rows = read_partitions(stream, path, header) if header[:8] == SIGNATURE else []
    kinds = {write_guid(row[:16]) for row in rows}
    return next((arch for arch, kind in ROOTS.items() if kind in kinds), "")


def write_guid(raw: bytes) -> str:
    """Return a GUID of a GPT as text."""
    first, second, third = struct.unpack_from("<IHH", raw)
    return f"{first:08x}-{second:04x}-{third:04x}-{raw[8:10].hex()}-{raw[10:].hex()}"


def check_magic(path: Path, form: str) -> list[str]:
    """Check the magic bytes of a format; return their name."""
    offset, magic = MAGIC[form]
    if form == "vhd":  # a fixed one has a footer alone, a dynamic one a copy of it at its beginning, too
        offset = max(path.stat().st_size - VHD_FOOTER, 0)
    with path.open("rb") as stream:
        require(read_at(stream, offset, len(magic)) == magic, path, f"not {form}: its magic bytes are missing")
    return [f"{form} magic"]
