"""Sizes as people read them."""

from __future__ import annotations

import pytest

from composelib.text.size import format_size, format_size_change


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_960, "1.0 MB"),
        (-1_400_000, "-1.4 MB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_a_size_is_in_the_unit_that_suits_it(size: int, text: str) -> None:
    assert format_size(size) == text


@pytest.mark.parametrize(("old", "new", "text"), [(5, 5, "±0"), (0, 1_400_000, "+1.4 MB"), (20, 0, "-20 B")])
def test_a_change_has_its_sign(old: int, new: int, text: str) -> None:
    assert format_size_change(old, new) == text
