"""The rules of choosing packages that a variant's config sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from composelib.archive.choose.packages.package import Package

PackageTest = Callable[[Package], bool]


class Rules(NamedTuple):
    """How packages are chosen for a variant."""

    alternatives: Literal["first", "all", "same-source"] = "first"
    recommends: bool = False
    follow: bool = True
    """Whether relations are followed at all."""
    excluded: PackageTest = lambda _: False
    tolerant: bool = False
    """Whether a package whose needs are in no archive is taken anyway, with a warning."""

    @property
    def fields(self) -> tuple[tuple[str, bool], ...]:
        """The fields that are followed, each with whether it may stay unsatisfied."""
        if not self.follow:
            return ()
        return (("Pre-Depends", False), ("Depends", False), *((("Recommends", True),) if self.recommends else ()))
