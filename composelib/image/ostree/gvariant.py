"""Values as GVariant lays them out in memory, the form of OSTree's metadata (GVariant specification, chapter 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from composelib.dataclass import dataclass

WORD = 8
"""The alignment of numbers of 64 bits, of variants, and of what contains them."""


@dataclass(frozen=True)
class GVariant:
    """A value: its type in GVariant's notation, and its bytes."""

    notation: str
    content: bytes
    alignment: int = 1
    fixed: bool = False
    """Whether all values of the type have as many bytes."""


def text(value: str) -> GVariant:
    """Return a string."""
    return GVariant("s", value.encode() + b"\0")


def byte_array(value: bytes) -> GVariant:
    """Return an array of bytes."""
    return GVariant("ay", value)


def boolean(*, value: bool) -> GVariant:
    """Return a boolean."""
    return GVariant("b", bytes([value]), fixed=True)


def number(value: int) -> GVariant:
    """Return an unsigned number of 64 bits, its high byte first: OSTree's order, whatever the machine's is."""
    return GVariant("t", value.to_bytes(WORD, "big"), WORD, fixed=True)


def variant(value: GVariant) -> GVariant:
    """Return a value beside its type."""
    return GVariant("v", value.content + b"\0" + value.notation.encode(), WORD)


def structure(*members: GVariant) -> GVariant:
    """Return a tuple of values, of which at least one has no fixed size."""
    notation = f"({''.join(member.notation for member in members)})"
    content, ends = lay_in_row(members)
    framed = [end for member, end in zip(members[:-1], ends, strict=False) if not member.fixed]
    return GVariant(notation, frame(content, framed[::-1]), max(member.alignment for member in members))


def array(notation: str, alignment: int, elements: Sequence[GVariant]) -> GVariant:
    """Return an array of values of a type that has no fixed size."""
    content, ends = lay_in_row(elements)
    return GVariant(f"a{notation}", frame(content, ends), alignment)


def dictionary(values: Mapping[str, GVariant]) -> GVariant:
    """Return a dictionary of values beside their types, in the order of their names."""
    entries = [structure(text(name), variant(value)) for name, value in sorted(values.items())]
    return array("{sv}", WORD, entries)


def lay_in_row(values: Sequence[GVariant]) -> tuple[bytes, list[int]]:
    """Return the bytes of values in a row, each at its alignment, and where each of them ends."""
    content, ends = b"", []
    for value in values:
        content += bytes(-len(content) % value.alignment) + value.content
        ends.append(len(content))
    return content, ends


def frame(content: bytes, ends: Sequence[int]) -> bytes:
    """Return the bytes of a container, with the offsets at which its members end."""
    width = next(width for width in (1, 2, 4, 8) if len(content) + width * len(ends) < 1 << (8 * width))
    return content + b"".join(end.to_bytes(width, "little") for end in ends)
