"""diffoscope: a report of how two files of any kind differ, in depth (diffoscope(1))."""

from __future__ import annotations

from pathlib import Path

DIFFERENT = 1
"""Its exit status for files that differ."""


def compare_files(first: Path, second: Path, report: Path) -> list[str]:
    """Return the command that writes a report as text."""
    return ["diffoscope", "--no-progress", "--text", str(report), str(first), str(second)]
