from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from composelib.archive.choose.packages.packed_strings import Table, Texts, packed, table

LINES = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]))
NAMES = st.lists(st.from_regex(r"[a-z0-9][a-z0-9+.-]*", fullmatch=True), unique=True)


@given(st.lists(LINES))
def test_texts_are_had_back_one_by_one_and_all_at_once(items: list[str]) -> None:
    body, ends = packed(items)
    found = Texts(memoryview(body), memoryview(ends).cast("I"))
    assert [found[number] for number in range(len(found))] == items
    assert list(found) == items


def test_bytes_that_are_not_utf8_are_had_back() -> None:
    body, ends = packed(["J\udcf6rg"])
    assert Texts(memoryview(body), memoryview(ends).cast("I"))[0] == "J\udcf6rg"


@given(NAMES, NAMES, st.binary(max_size=9))
def test_a_name_is_found_wherever_the_table_lies_and_no_other(
    names: list[str], others: list[str], before: bytes
) -> None:
    body, ends = table(names)
    found = Table(before + body + b"\nstray 5", len(before), memoryview(ends).cast("I"))
    assert [found.find(name) for name in names] == list(range(len(names)))
    assert all(found.find(other) is None for other in others if other not in names)
    assert found.find("stray") is None or "stray" in names
