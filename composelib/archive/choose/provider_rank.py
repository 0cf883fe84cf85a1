"""The order in which providers of a name are preferred, as point 4 of the closure's rule says."""

from __future__ import annotations

from collections.abc import Callable

from composelib.archive.choose.need import Need
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.world import World

PRIORITIES = {name: rank for rank, name in enumerate(("required", "important", "standard", "optional", "extra"))}


def make_provider_rank(need: Need, world: World) -> Callable[[Package], tuple[object, ...]]:
    """Return the key by which the providers of a name that is needed are sorted, the best first."""
    source = need.reason.package.source if need.reason.package else ""
    native = world.native

    def rank(package: Package) -> tuple[object, ...]:
        universe = world.universe(world.arch_of(package)) or native
        return (
            package.column("Essential") != "yes",
            package.column("Important") != "yes" and package.column("Protected") != "yes",
            universe is not native,
            PRIORITIES.get(package.column("Priority"), len(PRIORITIES)),
            package.source != source,
            package.name,
            universe.versions(package.name).index(package),
        )

    return rank
