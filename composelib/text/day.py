"""Dates as people read them."""

from __future__ import annotations

import time


def format_day(epoch: int) -> str:
    """Return the day of a time in seconds since 1970, in UTC: `14 November 2023`."""
    return time.strftime("%-d %B %Y", time.gmtime(epoch))
