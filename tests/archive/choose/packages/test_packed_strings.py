from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from composelib.archive.choose.packages.packed_strings import NameTable, PackedTexts, pack_table, pack_texts

LINES = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]))
NAMES = st.lists(st.from_regex(r"[a-z0-9][a-z0-9+.-]*", fullmatch=True), unique=True)


@given(st.lists(LINES))
def test_texts_are_read_one_by_one_and_all_at_once(items: list[str]) -> None:
    body, ends = pack_texts(items)
    texts = PackedTexts(memoryview(body), memoryview(ends).cast("I"))
    assert [texts[number] for number in range(len(texts))] == items
    assert list(texts) == items


def test_bytes_that_are_not_utf8_are_restored() -> None:
    body, ends = pack_texts(["J\udcf6rg"])
    assert PackedTexts(memoryview(body), memoryview(ends).cast("I"))[0] == "J\udcf6rg"


@given(NAMES, NAMES, st.binary(max_size=9))
def test_a_name_is_found_wherever_the_table_lies_and_no_other(
    names: list[str], absent: list[str], prefix: bytes
) -> None:
    body, ends = pack_table(names)
    looked_up = NameTable(prefix + body + b"\nstray 5", len(prefix), memoryview(ends).cast("I"))
    assert [looked_up.find(name) for name in names] == list(range(len(names)))
    assert all(looked_up.find(name) is None for name in absent if name not in names)
    assert looked_up.find("stray") is None or "stray" in names
