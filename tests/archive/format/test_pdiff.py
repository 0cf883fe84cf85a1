from __future__ import annotations

import pytest

from composelib.archive.format.pdiff import (
    IndexPatch,
    PatchIndex,
    format_patch_index,
    name_patch,
    parse_patch_index,
    sum_up,
)

PLAIN, PACKED = sum_up(b"1d\n"), sum_up(b"packed")
FIRST = IndexPatch(name_patch((), PLAIN), sum_up(b"old\nnew\n"), PLAIN, PACKED)
INDEX = PatchIndex(sum_up(b"new\n"), (FIRST,))
TEXT = format_patch_index(INDEX)


def test_patches_are_named_in_their_order_and_by_their_content() -> None:
    assert FIRST.name == f"000001-{PLAIN.sha256[:16]}"
    assert name_patch((FIRST,), PACKED) == f"000002-{PACKED.sha256[:16]}"


def test_the_index_has_the_fields_that_apt_and_debmirror_read() -> None:
    assert [line.partition(":")[0] for line in TEXT.splitlines() if not line.startswith(" ")] == [
        f"{algorithm}-{field}"
        for field in ("Current", "History", "Patches", "Download")
        for algorithm in ("SHA1", "SHA256")
    ]
    assert f"SHA256-Current: {INDEX.current.sha256} 4\n" in TEXT
    assert TEXT.endswith(f"SHA256-Download:\n {PACKED.sha256} 6 {FIRST.name}.gz\n")


@pytest.mark.parametrize("index", [INDEX, PatchIndex(PLAIN)])
def test_what_is_written_is_read(index: PatchIndex) -> None:
    assert parse_patch_index(format_patch_index(index)) == index


@pytest.mark.parametrize(
    "text",
    [
        "",
        " x",
        "SHA256-History:\n",
        TEXT.replace("SHA1-Current", "MD5-Current"),
        TEXT.replace(FIRST.name, "../../etc/x"),
        TEXT * 2,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises((ValueError, LookupError)):
        parse_patch_index(text)
