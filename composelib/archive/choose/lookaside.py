"""What a lookaside has: packages that satisfy relations and are never copied."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from composelib.archive.choose.need import Need
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.world import World


def find_in_lookaside(need: Need, world: World, excluded: Callable[[Package], bool]) -> Package | None:
    """Return a lookaside's package that satisfies a clause; None if there is none.

    What a seed names is left to a lookaside only if apt would not prefer another archive's package of that name.
    """
    for item in need.alternatives:
        named = world.find_named(item, need.arch)
        if need.reason.package is None and is_preferred_elsewhere(named, excluded):
            return None
        for package in (*named, *world.find_providers(item, need.arch)):
            if package.lookaside:
                return package
    return None


def is_preferred_elsewhere(packages: Iterable[Package], excluded: Callable[[Package], bool]) -> bool:
    """Return whether, of some packages of one name, the best that is not excluded is in an archive that is no lookaside.

    It is not if a lookaside has the same version.
    """
    candidates = [package for package in packages if package.lookaside or not excluded(package)]
    in_lookasides = {package.version for package in candidates if package.lookaside}
    return bool(candidates) and candidates[0].version not in in_lookasides
