from __future__ import annotations

from dataclasses import replace

import pytest

from composelib.fetch.answer import Watch, parse_retry_after
from composelib.fetch.retry import PassingError
from tests.kit.archive_stages import IMPATIENT

TEN_SECONDS = "Thu, 01 Jan 1970 00:00:10 GMT"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        (TEN_SECONDS, 6),
        ("Thu, 01 Jan 1970 00:00:01 GMT", 0),
        ("", 0),
        ("soon", 0),
        ("\u00b2", 0),
        ("Thu, 01 Jan 99999 00:00:10 GMT", 0),
        ("9" * 5000, 0),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str, seconds: float) -> None:
    assert parse_retry_after(value, clock=lambda: 4.0) == seconds


@pytest.mark.parametrize(
    "value", ["Thu, 01 Jan 0100 00:00:00 -0000", "1 Jan 1970 00:00 +9999", ",", "x y z", "7.5", "-7"]
)
def test_what_is_neither_asks_for_no_wait(value: str) -> None:
    assert parse_retry_after(value, clock=lambda: 4.0) == 0


def test_an_answer_is_too_slow_after_a_whole_period_only() -> None:
    watch = Watch("http://x/", replace(IMPATIENT, slow=100), since=0)
    with pytest.raises(PassingError, match="too slow"):
        watch.count(1)
    Watch("http://x/", replace(IMPATIENT, slow=1e12), since=0).count(1)


def test_an_answer_that_is_fast_enough_begins_a_new_period() -> None:
    watch = Watch("http://x/", replace(IMPATIENT, slow=0, rate=0), since=0)
    watch.count(1)
    assert watch.size == 0
