"""Sizes as people read them."""

from __future__ import annotations

UNITS = ("B", "kB", "MB", "GB", "TB")
STEP = 1000


def format_size(size: int) -> str:
    """Return a number of bytes in the unit that suits it: `1.4 MB`."""
    value, unit = float(abs(size)), 0
    while round(value, 1) >= STEP and unit < len(UNITS) - 1:
        value, unit = value / STEP, unit + 1
    sign = "-" if size < 0 else ""
    return f"{sign}{value:.0f} B" if unit == 0 else f"{sign}{value:.1f} {UNITS[unit]}"


def format_size_change(old: int, new: int) -> str:
    """Return the difference of two sizes: `+1.4 MB`, `-20 B`, `±0`."""
    return "±0" if old == new else f"{'+' if new > old else ''}{format_size(new - old)}"
