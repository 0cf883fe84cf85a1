"""CRC-32C (Castagnoli), the checksum of several file systems, for short texts: it is slow."""

from __future__ import annotations

POLYNOMIAL = 0x82F63B78
"""Its bits in the order of the checksum's."""
START = 0xFFFFFFFF


def make_table() -> tuple[int, ...]:
    """Return the remainders of all bytes."""
    table = list(range(256))
    for _ in range(8):
        table = [value >> 1 ^ POLYNOMIAL if value & 1 else value >> 1 for value in table]
    return tuple(table)


TABLE = make_table()


def divide_bytes(content: bytes, value: int = START) -> int:
    """Return the remainder of bytes, beginning with a value; the checksum is its complement."""
    for byte in content:
        value = value >> 8 ^ TABLE[(value ^ byte) & 0xFF]
    return value
