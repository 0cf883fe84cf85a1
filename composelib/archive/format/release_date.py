"""Dates in Release files, as apt reads them: RFC 5322's format or asctime(3)'s, with any number of blanks, always in UTC."""

from __future__ import annotations

import re
import time

from composelib.errors import TrustError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTH = "|".join(MONTHS)
TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)"
RFC_5322 = re.compile(
    rf"(?:[A-Z][a-z]{{2}}, +)?(?P<day>\d{{1,2}}) +(?P<month>{MONTH}) +(?P<year>\d{{4}}) +{TIME} +(?:UTC|GMT|Z|[+-]0000)"
)
ASCTIME = re.compile(rf"[A-Z][a-z]{{2}} +(?P<month>{MONTH}) +(?P<day>\d{{1,2}}) +{TIME} +(?P<year>\d{{4}})")


def parse_release_date(text: str, label: str) -> int:
    """Parse a date; return seconds since 1970. `label` is for messages. Raise TrustError if it is not a date in UTC."""
    match = RFC_5322.fullmatch(text) or ASCTIME.fullmatch(text)
    if not match:
        raise TrustError(f"{label}: not a date in UTC: {text[:60]!r}")
    month = MONTHS.index(match["month"]) + 1
    numbers = (int(match[name]) for name in ("day", "hour", "minute", "second"))
    day, hour, minute, second = numbers
    from calendar import timegm  # noqa: PLC0415 - it loads locales, which writing a date does not need

    return timegm((int(match["year"]), month, day, hour, minute, second, 0, 0, 0))


def format_release_date(seconds: float) -> str:
    """Return a time, in seconds since 1970, as Release files write it, whatever the locale."""
    date = time.gmtime(seconds)
    day = f"{DAYS[date.tm_wday]}, {date.tm_mday:02} {MONTHS[date.tm_mon - 1]} {date.tm_year}"
    return f"{day} {date.tm_hour:02}:{date.tm_min:02}:{date.tm_sec:02} UTC"


def is_over(valid_until: int | None, moment: float) -> bool:
    """Return whether a Valid-Until, None for one that never comes, has passed at a moment."""
    return valid_until is not None and valid_until < moment
