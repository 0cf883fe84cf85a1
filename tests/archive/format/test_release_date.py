from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composelib.archive.format.release_date import format_release_date, parse_release_date


@given(st.integers(0, 2**32))
def test_dates_are_read_as_they_are_written(seconds: int) -> None:
    text = format_release_date(seconds)
    assert text == formatdate(seconds, usegmt=True).replace("GMT", "UTC")
    assert parse_release_date(text, "") == seconds


@pytest.mark.parametrize("zone", ["UTC", "GMT", "Z", "+0000", "-0000"])
def test_utc_has_several_names(zone: str) -> None:
    assert parse_release_date(f"Thu, 1 Jan 1970 00:00:01 {zone}", "") == 1


@pytest.mark.parametrize(
    "text", ["Tue, 04 Nov 2025  9:05:07 UTC", "Tue Nov  4 09:05:07 2025", "Tue,  4  Nov 2025 09:05:07 GMT"]
)
def test_dates_are_read_as_launchpad_and_asctime_write_them(text: str) -> None:
    assert parse_release_date(text, "") == 1762247107
