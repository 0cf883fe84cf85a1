"""What is released."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Base:
    """The product that a layered product builds on."""

    short: str
    version: str


@dataclass(frozen=True)
class Release:
    """What is released."""

    name: str
    short: str
    version: str
    codename: str
    base: Base | None = None
