"""Dates as people read them."""

from __future__ import annotations

from composelib.text.day import format_day


def test_a_day_is_that_of_utc() -> None:
    assert format_day(1_700_000_000) == "14 November 2023"
    assert format_day(0) == "1 January 1970"
