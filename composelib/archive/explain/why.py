"""Every reason for a package that is there: the entries that ask for it, and the packages that need it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from composelib.archive.choose.closure import Rules
from composelib.archive.choose.need import Wish
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.source_package import BUILT_USING, list_sources
from composelib.archive.choose.packages.world import World
from composelib.archive.choose.seeds import SeedError, plant
from composelib.archive.format.relation import Alternatives
from composelib.model.origin import Seed


@dataclass(frozen=True)
class RelationDemand:
    """The packages one of whose relations a package satisfies; alone, or as well as another that is there."""

    relation: str
    alone: bool
    packages: tuple[str, ...]
    """Their names, sorted."""


@dataclass(frozen=True)
class PackageDemand:
    """All that speaks for a package."""

    seeds: tuple[Seed, ...]
    needed: tuple[RelationDemand, ...]


def find_demand(package: Package, seeds: Iterable[Seed], world: World, rules: Rules) -> PackageDemand:
    """Find every reason for one of the packages of a world, which has nothing but what was chosen."""
    asking = tuple(seed for seed in seeds if asks(seed, package, world))
    found: dict[tuple[str, bool], set[str]] = {}
    for other in chosen(world):
        for relation, alone in satisfied(other, package, world, rules):
            found.setdefault((relation, alone), set()).add(other.name)
    order = [name for name, _ in rules.fields]
    keys = sorted(found, key=lambda key: (not key[1], order.index(key[0])))
    return PackageDemand(asking, tuple(RelationDemand(*key, tuple(sorted(found[key]))) for key in keys))


def find_source_demand(name: str, version: str, worlds: Iterable[World]) -> PackageDemand:
    """Find every reason for a source: what is built from it, and what has parts of it built in."""
    found: dict[str, set[str]] = {}
    for package in (package for world in worlds for package in chosen(world)):
        for origin in list_sources(package):
            if (origin.name, origin.version) == (name, version):
                found.setdefault(origin.relation, set()).add(package.name)
    needed = (
        RelationDemand(relation, True, tuple(sorted(found[relation])))
        for relation in ("Source", *BUILT_USING)
        if relation in found
    )
    return PackageDemand((), tuple(needed))


def chosen(world: World) -> Iterator[Package]:
    """Return every package of a world."""
    for universe in world.universes(world.native.arch):
        yield from universe.packages()


def asks(seed: Seed, package: Package, world: World) -> bool:
    """Return whether an entry asks for a package, be it as one of several that would do."""
    arch = world.arch_of(package)
    try:
        planted = plant(Wish(seed, "packages"), world, arch)
    except SeedError:  # nothing that was chosen is what it asks for
        return False
    by_pattern = any(package in group for group in planted.groups)
    return by_pattern or any(package in options(need.alternatives, arch, world) for need in planted.needs)


def satisfied(other: Package, package: Package, world: World, rules: Rules) -> Iterator[tuple[str, bool]]:
    """Return the fields of a package one of whose clauses another satisfies, and whether nothing else does."""
    arch = world.arch_of(other)
    for name, _ in rules.fields:
        for clause in other.relations(name):
            found = options(clause, arch, world)
            if package in found and other is not package:
                yield name, len(found) == 1


def options(clause: Alternatives, arch: str, world: World) -> set[Package]:
    """Return the packages that satisfy a clause."""
    return {package for item in clause for package in world.find_named(item, arch) + world.find_providers(item, arch)}
