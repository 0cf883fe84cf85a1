"""A variant on an arch, of which commands tell: what it asks for, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from composelib.archive.choose.closure import Rules
from composelib.archive.choose.packages.world import World
from composelib.archive.explain.seed_share import world_of
from composelib.model.arch import SOURCE
from composelib.model.origin import Seed
from composelib.model.variant import Variant


@dataclass(frozen=True)
class Where:
    """A variant and an arch."""

    variant: Variant
    arch: str

    def __str__(self) -> str:
        """Return VARIANT:ARCH."""
        return f"{self.variant.name}:{self.arch}"


def lists_of(variant: Variant) -> tuple[str, ...]:
    """Return the arches that a variant has gathered lists for; foreign packages are in those of its own arches."""
    return (*variant.arches, SOURCE) if variant.sources else variant.arches


def seeds(variant: Variant) -> tuple[Seed, ...]:
    """Return all that a variant asks for."""
    return (*variant.entries(), *variant.entries(foreign=True))


def world_in(place: Where, chosen: bytes) -> World:
    """Return what was chosen for a place as a world of its own."""
    multiarch = place.variant.multiarch
    return world_of(chosen, place.arch, multiarch.foreign if multiarch else ())


def rules_of(variant: Variant) -> Rules:
    """Return how a variant's packages are chosen, as far as relations go."""
    return Rules(variant.alternatives, variant.recommends, follow=variant.method == "deps")
