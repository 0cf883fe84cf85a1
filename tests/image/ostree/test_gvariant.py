from __future__ import annotations

from composelib.image.ostree import gvariant


def test_a_dictionary_has_its_entries_aligned_and_the_offsets_of_their_ends() -> None:
    """The bytes are those of the GVariant specification's rules, worked out by hand."""
    value = gvariant.dictionary({"b": gvariant.text("x"), "a": gvariant.boolean(value=True)})
    first = b"a\0" + bytes(6) + b"\1\0b" + b"\x02"
    second = b"b\0" + bytes(6) + b"x\0\0s" + b"\x02"
    assert value.notation == "a{sv}"
    assert value.content == first + bytes(4) + second + bytes([12, 29])


def test_offsets_are_as_wide_as_the_whole_needs() -> None:
    small = gvariant.array("ay", 1, [gvariant.byte_array(b"x" * 254)])
    large = gvariant.array("ay", 1, [gvariant.byte_array(b"x" * 255)])
    assert small.content[254:] == b"\xfe"
    assert large.content[255:] == b"\xff\x00"


def test_a_number_has_its_high_byte_first() -> None:
    assert gvariant.number(1700000000).content == bytes.fromhex("000000006553f100")
