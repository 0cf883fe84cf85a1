from __future__ import annotations

import pytest

from composelib.errors import ComposeError
from composelib.image.ostree import gvariant, metadata
from composelib.image.ostree.gvariant import GVariant

OLD = "ab" * 32


def make_superblock(*parts: str) -> bytes:
    """Return the beginning of a delta's description, with as many `parts` within it as a small delta has."""
    texts = {f"deltas/{part}": gvariant.text(part) for part in parts}
    first = gvariant.dictionary({"ostree.endianness": GVariant("y", b"l", fixed=True), **texts})
    return gvariant.structure(first, gvariant.number(17), gvariant.byte_array(bytes.fromhex(OLD))).content


@pytest.mark.parametrize("parts", [(), ("a",), ("a" * 300, "b")])
def test_the_time_of_a_delta_is_set_and_nothing_else(parts: tuple[str, ...]) -> None:
    superblock = make_superblock(*parts)
    dated = metadata.date_superblock(superblock, OLD, 1700000000)
    changed = [index for index, byte in enumerate(superblock) if byte != dated[index]]
    assert len(dated) == len(superblock)
    assert changed == list(range(changed[0], changed[0] + 4))
    assert metadata.date_superblock(dated, OLD, 17) == superblock


@pytest.mark.parametrize("content", [b"", b"x", make_superblock()[8:], bytes(200)])
def test_a_delta_in_another_form_is_left_alone(content: bytes) -> None:
    with pytest.raises(ComposeError, match="in an unknown form"):
        metadata.date_superblock(content, OLD, 17)
