"""VHDX disks as qemu-img writes them, without their random IDs ([MS-VHDX], 2.2 to 2.6)."""

from __future__ import annotations

import struct
import uuid
from typing import BinaryIO

HEADERS = (0x10000, 0x20000)
"""The offsets of the two headers, of which the one with the higher sequence number counts."""
HEADER_SIZE = 4096
REGIONS = 0x30000
METADATA = uuid.UUID("8b7ca206-4790-4b9a-b8fe-575f050f886e")
"""The region of metadata in the table of regions."""
DISK_ID = uuid.UUID("beca12ab-b2e6-4523-93ef-c309e000c746")
"""The item of metadata that holds the disk's own UUID."""
POLYNOMIAL = 0x82F63B78
"""CRC-32C (Castagnoli), reflected."""


def replace_ids(image: BinaryIO, number: str) -> None:
    """Replace the random UUIDs and sequence numbers of a new image by a UUID and 1 and 2, and empty its log."""
    identifier = uuid.UUID(number).bytes_le
    for sequence, offset in enumerate(HEADERS, 1):
        header = fix_header(read_span(image, offset, HEADER_SIZE), sequence, identifier)
        write_span(image, offset, header)
    length, log = struct.unpack_from("<IQ", header, 68)
    write_span(image, log, bytes(length))
    write_span(image, find_disk_id(image), identifier)


def fix_header(header: bytes, sequence: int, identifier: bytes) -> bytes:
    """Return a header with this sequence number and UUID for its two write GUIDs, and the checksum that belongs to them."""
    new = bytearray(header)
    struct.pack_into("<IQ", new, 4, 0, sequence)
    new[16:48] = identifier * 2
    struct.pack_into("<I", new, 4, compute_crc32c(new))
    return bytes(new)


def find_disk_id(image: BinaryIO) -> int:
    """Return the offset of the disk's UUID: the table of regions leads to that of the metadata, which leads to it."""
    metadata = find_row(image, REGIONS, 16, METADATA)
    (region,) = struct.unpack_from("<Q", metadata, 16)
    (offset,) = struct.unpack_from("<I", find_row(image, region, 32, DISK_ID), 16)
    return int(region + offset)


def find_row(image: BinaryIO, table: int, head: int, identifier: uuid.UUID) -> bytes:
    """Return the row of 32 bytes that begins with a UUID, of a table whose rows begin after `head` bytes."""
    rows = read_span(image, table + head, 0x10000 - head)
    return next(rows[at : at + 32] for at in range(0, len(rows), 32) if rows[at : at + 16] == identifier.bytes_le)


def compute_crc32c(content: bytes | bytearray) -> int:
    """Return the CRC-32C of a few bytes."""
    checksum = 0xFFFFFFFF
    for byte in content:
        checksum ^= byte
        for _ in range(8):
            checksum = checksum >> 1 ^ (POLYNOMIAL if checksum & 1 else 0)
    return checksum ^ 0xFFFFFFFF


def read_span(image: BinaryIO, offset: int, size: int) -> bytes:
    """Return bytes of an image."""
    image.seek(offset)
    return image.read(size)


def write_span(image: BinaryIO, offset: int, content: bytes) -> None:
    """Replace bytes of an image."""
    image.seek(offset)
    image.write(content)
