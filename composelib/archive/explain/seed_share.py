"""What a seed brings: which of a variant's packages it needs, and which would not be there without it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from composelib.archive.choose.closure import Rules
from composelib.archive.choose.need import Wish
from composelib.archive.choose.packages.index import Index, build
from composelib.archive.choose.packages.package import Package, Part
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.packages.world import World
from composelib.archive.choose.seeds import SeedError, plant
from composelib.archive.format.relation import Alternatives


@dataclass(frozen=True)
class SeedShare:
    """The packages a seed needs, sorted by name, each with whether others need it too."""

    packages: tuple[tuple[Package, bool], ...]

    @property
    def size(self) -> int:
        """Bytes of them all."""
        return sum(package.size for package, _ in self.packages)

    @property
    def own(self) -> tuple[Package, ...]:
        """Those that would not be there without it."""
        return tuple(package for package, shared in self.packages if not shared)

    @property
    def own_size(self) -> int:
        """Bytes of those."""
        return sum(package.size for package in self.own)


def world_of(chosen: bytes, arch: str, foreign: Iterable[str] = ()) -> World:
    """Return the chosen packages as a world of their own."""
    native = Universe([part(chosen, arch)], arch)
    return World(native, (Universe([part(chosen, other)], other, native=False) for other in foreign))


def part(chosen: bytes, arch: str) -> Part:
    """Return the chosen packages of an arch."""
    return Part("chosen", chosen, Index(build(chosen, arch, "the chosen packages")))


def compute_seed_share(wish: Wish, others: Iterable[Wish], world: World, rules: Rules) -> SeedShare:
    """Follow a seed through the chosen packages, then all other seeds, and compare."""
    brought = followed([wish], world, rules)
    shared = followed(others, world, rules)
    ordered = sorted(brought, key=lambda package: (package.name, package.architecture))
    return SeedShare(tuple((package, package in shared) for package in ordered))


def followed(wishes: Iterable[Wish], world: World, rules: Rules) -> set[Package]:
    """Return the chosen packages that wishes need; what a lookaside satisfies is not among them."""
    waiting = [package for wish in wishes for package in asked_for(wish, world)]
    found: set[Package] = set()
    while waiting:
        package = waiting.pop()
        if package not in found:
            found.add(package)
            waiting += needed(package, world, rules)
    return found


def asked_for(wish: Wish, world: World) -> list[Package]:
    """Return the chosen packages that a wish means by itself."""
    arch = world.native.arch
    try:
        planted = plant(wish, world, arch)
    except SeedError:  # a pattern for what lookasides have
        return []
    by_name = [found for need in planted.needs for found in first(need.alternatives, arch, world)]
    return [*(group[0] for group in planted.groups), *by_name]


def needed(package: Package, world: World, rules: Rules) -> list[Package]:
    """Return the chosen packages that satisfy a package's relations."""
    arch = world.arch_of(package)
    clauses = [clause for field, _ in rules.fields for clause in package.relations(field)]
    return [found for clause in clauses for found in first(clause, arch, world)]


def first(clause: Alternatives, arch: str, world: World) -> list[Package]:
    """Return the chosen package that satisfies a clause, for its earliest alternative that has one; or none."""
    options = (
        package
        for item in clause
        for found in (world.find_named, world.find_providers)
        for package in found(item, arch)
    )
    return list(islice(options, 1))
