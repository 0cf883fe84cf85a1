"""What a seed contributes: which of a variant's packages it needs, and which would not be chosen without it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from composelib.archive.choose.need import Wish
from composelib.archive.choose.packages.index import Index
from composelib.archive.choose.packages.index_build import build_index
from composelib.archive.choose.packages.package import Package, PackageListing
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.packages.world import World
from composelib.archive.choose.rules import Rules
from composelib.archive.choose.seeds import SeedError, resolve_wish
from composelib.archive.format.relation import Alternatives


@dataclass(frozen=True)
class SeedShare:
    """The packages that a seed needs, sorted by name, each with whether other seeds need it too."""

    packages: tuple[tuple[Package, bool], ...]

    @property
    def size(self) -> int:
        """The size of all of them in bytes."""
        return sum(package.size for package, _ in self.packages)

    @property
    def exclusive(self) -> tuple[Package, ...]:
        """The packages that would not be chosen without the seed."""
        return tuple(package for package, shared in self.packages if not shared)

    @property
    def exclusive_size(self) -> int:
        """The size of the exclusive packages in bytes."""
        return sum(package.size for package in self.exclusive)


def make_chosen_world(chosen: bytes, arch: str, foreign: Iterable[str] = ()) -> World:
    """Return a world that consists of the chosen packages only."""
    native = Universe([make_listing(chosen, arch)], arch)
    return World(
        native, (Universe([make_listing(chosen, foreign_arch)], foreign_arch, native=False) for foreign_arch in foreign)
    )


def make_listing(chosen: bytes, arch: str) -> PackageListing:
    """Return the listing of the chosen packages of an arch."""
    return PackageListing("chosen", chosen, Index(build_index(chosen, arch, "the chosen packages")))


def compute_seed_share(wish: Wish, other_wishes: Iterable[Wish], world: World, rules: Rules) -> SeedShare:
    """Follow a seed through the chosen packages, then all other seeds, and compare."""
    needed = follow_wishes([wish], world, rules)
    shared = follow_wishes(other_wishes, world, rules)
    ordered = sorted(needed, key=lambda package: (package.name, package.architecture))
    return SeedShare(tuple((package, package in shared) for package in ordered))


def follow_wishes(wishes: Iterable[Wish], world: World, rules: Rules) -> set[Package]:
    """Return the chosen packages that wishes need; what a lookaside satisfies is not among them."""
    waiting = [package for wish in wishes for package in find_requested(wish, world)]
    packages: set[Package] = set()
    while waiting:
        package = waiting.pop()
        if package not in packages:
            packages.add(package)
            waiting += find_needed(package, world, rules)
    return packages


def find_requested(wish: Wish, world: World) -> list[Package]:
    """Return the chosen packages that a wish itself selects."""
    arch = world.native.arch
    try:
        resolved = resolve_wish(wish, world, arch)
    except SeedError:  # a pattern that only packages of lookasides match
        return []
    by_name = [package for need in resolved.needs for package in find_first(need.alternatives, arch, world)]
    return [*(group[0] for group in resolved.groups), *by_name]


def find_needed(package: Package, world: World, rules: Rules) -> list[Package]:
    """Return the chosen packages that satisfy a package's relations."""
    arch = world.arch_of(package)
    clauses = [clause for field, _ in rules.fields for clause in package.relations(field)]
    return [candidate for clause in clauses for candidate in find_first(clause, arch, world)]


def find_first(clause: Alternatives, arch: str, world: World) -> list[Package]:
    """Return the chosen package that satisfies the earliest alternative of a clause, in a list; empty if none does."""
    options = (
        package for item in clause for find in (world.find_named, world.find_providers) for package in find(item, arch)
    )
    return list(islice(options, 1))
