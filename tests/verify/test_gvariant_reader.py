"""What is laid out as GVariant is read again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composelib.image.ostree import gvariant, metadata
from composelib.image.ostree.metadata import ListedRef
from composelib.verify.gvariant_reader import list_elements
from composelib.verify.ostree_objects import list_signatures, list_summary_refs

SUM = "ab" * 32


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_the_elements_of_an_array_are_those_that_were_laid_out(values: list[bytes]) -> None:
    laid = gvariant.array("ay", 1, [gvariant.byte_array(value) for value in values])
    assert list(list_elements(laid.content)) == values
    assert list(list_signatures(metadata.format_signatures(values))) == values


@given(st.lists(st.text("abc/", min_size=1, max_size=200), max_size=10, unique=True))
def test_the_refs_of_a_summary_are_those_that_were_listed(names: list[str]) -> None:
    summary = metadata.format_summary([ListedRef(name, SUM, 7, 9) for name in names], {"a-b": b"x" * 32}, 5)
    assert dict(list_summary_refs(summary)) == dict.fromkeys(names, SUM)


@pytest.mark.parametrize("content", [b"\xff", b"12\x02\x09", b"12\x02\x01"])
def test_an_array_that_is_damaged_is_told(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"array|cut"):
        list(list_elements(content))
