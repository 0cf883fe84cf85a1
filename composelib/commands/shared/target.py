"""Targets: a variant on an arch, with the entries of its lists and the packages chosen for it."""

from __future__ import annotations

from composelib.archive.choose.packages.world import World
from composelib.archive.choose.rules import Rules
from composelib.archive.explain.seed_share import make_chosen_world
from composelib.dataclass import dataclass
from composelib.model.origin import Seed
from composelib.model.variant import Variant


@dataclass(frozen=True)
class Target:
    """A variant and an arch."""

    variant: Variant
    arch: str

    def __str__(self) -> str:
        """Return VARIANT:ARCH."""
        return f"{self.variant.name}:{self.arch}"


def list_seeds(variant: Variant) -> tuple[Seed, ...]:
    """Return all entries of a variant's lists."""
    return (*variant.entries(), *variant.entries(foreign=True))


def make_world(target: Target, chosen: bytes) -> World:
    """Return a world of only the packages that were chosen for a target."""
    multiarch = target.variant.multiarch
    return make_chosen_world(chosen, target.arch, multiarch.foreign if multiarch else ())


def make_rules(variant: Variant) -> Rules:
    """Return the rules by which a variant's relations are followed."""
    return Rules(variant.alternatives, variant.recommends, follow=variant.method == "deps")
