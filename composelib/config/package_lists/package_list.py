"""Entries of package lists that other programs keep, told as entries of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal["wanted", "recommended", "excluded"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A relation, pattern or task, the line and column where the list has it (from 1), and what the list means by it."""

    line: int
    column: int
    text: str
    how: How = "wanted"


@dataclass(frozen=True, slots=True)
class Fault:
    """What a list should not have, and the cure."""

    line: int
    column: int
    message: str
    hint: str = ""
