"""Every reason for a package that is chosen: the entries that ask for it, and the packages that need it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from composelib.archive.choose.need import Wish
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.source_package import BUILT_USING, list_sources
from composelib.archive.choose.packages.world import World
from composelib.archive.choose.rules import Rules
from composelib.archive.choose.seeds import SeedError, resolve_wish
from composelib.archive.format.relation import Alternatives
from composelib.model.origin import Seed


@dataclass(frozen=True)
class RelationDemand:
    """The packages that need a package by the same relation; `alone` if no other chosen package satisfies it."""

    relation: str
    alone: bool
    packages: tuple[str, ...]
    """Their names, sorted."""


@dataclass(frozen=True)
class PackageDemand:
    """All reasons for a package."""

    seeds: tuple[Seed, ...]
    relations: tuple[RelationDemand, ...]


def find_demand(package: Package, seeds: Iterable[Seed], world: World, rules: Rules) -> PackageDemand:
    """Find every reason for one of the packages of a world, which consists of chosen packages only."""
    asking = tuple(seed for seed in seeds if selects_package(seed, package, world))
    names_by_relation: dict[tuple[str, bool], set[str]] = {}
    for dependent in list_packages(world):
        for relation, alone in find_satisfied(dependent, package, world, rules):
            names_by_relation.setdefault((relation, alone), set()).add(dependent.name)
    order = [name for name, _ in rules.fields]
    keys = sorted(names_by_relation, key=lambda key: (not key[1], order.index(key[0])))
    return PackageDemand(asking, tuple(RelationDemand(*key, tuple(sorted(names_by_relation[key]))) for key in keys))


def find_source_demand(name: str, version: str, worlds: Iterable[World]) -> PackageDemand:
    """Find every reason for a source: the packages built from it, and those that it is built into."""
    names_by_relation: dict[str, set[str]] = {}
    for package in (package for world in worlds for package in list_packages(world)):
        for reference in list_sources(package):
            if (reference.name, reference.version) == (name, version):
                names_by_relation.setdefault(reference.relation, set()).add(package.name)
    relations = (
        RelationDemand(relation, True, tuple(sorted(names_by_relation[relation])))
        for relation in ("Source", *BUILT_USING)
        if relation in names_by_relation
    )
    return PackageDemand((), tuple(relations))


def list_packages(world: World) -> Iterator[Package]:
    """Yield every package of a world."""
    for universe in world.universes(world.native.arch):
        yield from universe.packages()


def selects_package(seed: Seed, package: Package, world: World) -> bool:
    """Return whether an entry asks for a package, maybe as one of several alternatives."""
    arch = world.arch_of(package)
    try:
        resolved = resolve_wish(Wish(seed, "packages"), world, arch)
    except SeedError:  # it asks for no package that was chosen
        return False
    by_pattern = any(package in group for group in resolved.groups)
    return by_pattern or any(package in find_options(need.alternatives, arch, world) for need in resolved.needs)


def find_satisfied(dependent: Package, package: Package, world: World, rules: Rules) -> Iterator[tuple[str, bool]]:
    """Yield the fields of `dependent` one of whose clauses `package` satisfies, and whether no other package does."""
    arch = world.arch_of(dependent)
    for name, _ in rules.fields:
        for clause in dependent.relations(name):
            candidates = find_options(clause, arch, world)
            if package in candidates and dependent is not package:
                yield name, len(candidates) == 1


def find_options(clause: Alternatives, arch: str, world: World) -> set[Package]:
    """Return the packages that satisfy a clause."""
    return {package for item in clause for package in world.find_named(item, arch) + world.find_providers(item, arch)}
