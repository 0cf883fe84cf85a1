"""Entries of package lists of other programs, translated to entries of ours."""

from __future__ import annotations

from typing import Literal

from composelib.dataclass import dataclass

Role = Literal["package", "recommended", "excluded"]


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A relation, pattern or task, its line and column in the list (from 1), and its role."""

    line: int
    column: int
    text: str
    role: Role = "package"
    recommends: bool | None = None
    """Whether the Recommends of what it brings are followed; None if the list does not say."""


@dataclass(frozen=True, slots=True)
class ListFault:
    """An error in a list, and the cure."""

    line: int
    column: int
    message: str
    hint: str = ""
