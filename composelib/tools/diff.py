"""diff(1): what changed between two texts."""

from __future__ import annotations

from pathlib import Path

SAME, DIFFERENT = 0, 1
"""Its exit statuses that are no trouble."""


def print_script(old: Path, new: Path) -> list[str]:
    """Return the command that prints the script by which ed(1) makes a new text of an old one, from its end backwards."""
    return ["diff", "--text", "--ed", str(old), str(new)]
