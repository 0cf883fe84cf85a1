"""Reads values as GVariant lays them out, as far as OSTree's objects need it (GVariant specification, chapter 2)."""

from __future__ import annotations

from collections.abc import Iterator


def measure_offsets(content: bytes) -> int:
    """Return how many bytes each framing offset at the end of a container takes."""
    return next(width for width in (1, 2, 4, 8) if len(content) < 1 << (8 * width))


def read_end(content: bytes, number: int) -> int:
    """Return where a member of a tuple ends; only members of no fixed size count, and the last has no end written."""
    width = measure_offsets(content)
    start = len(content) - (number + 1) * width
    if start < 0:
        raise ValueError("a value is cut off")
    return int.from_bytes(content[start : start + width], "little")


def list_elements(content: bytes, alignment: int = 1) -> Iterator[bytes]:
    """Yield the elements, of no fixed size, of an array."""
    if not content:
        return
    width = measure_offsets(content)
    table = read_end(content, 0)
    if table > len(content) - width or (len(content) - table) % width:
        raise ValueError("an array is cut off")
    start = 0
    for position in range(table, len(content), width):
        end = int.from_bytes(content[position : position + width], "little")
        if not start <= end <= table:
            raise ValueError("an array has no such element")
        yield content[start:end]
        start = end + -end % alignment
