"""The packages of a native arch and of foreign ones, and which of them satisfy a relation (Policy 7, dpkg's Multi-Arch)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from composelib.archive.choose.packages.package import ALL, Package
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.format.relation import Relation
from composelib.archive.format.version import satisfies

if TYPE_CHECKING:  # most variants have no pins
    from composelib.model.pin import Pin

FOREIGN, ALLOWED = "foreign", "allowed"  # values of Multi-Arch


class World:
    """A native universe and those of the foreign arches."""

    def __init__(self, native: Universe, foreign: Iterable[Universe] = ()) -> None:
        """Take the universes; `all` packages belong to the native one."""
        self.native = native
        self.foreign = {universe.arch: universe for universe in foreign}
        self.lookaside = any(
            listing.lookaside for universe in self.universes(native.arch) for listing in universe.listings
        )
        """Whether any package only satisfies relations and is never copied."""
        self.qualified = any(
            listing.index.qualified for universe in self.universes(native.arch) for listing in universe.listings
        )
        """Whether any package provides a name to packages of one arch alone."""

    def arch_of(self, package: Package) -> str:
        """Return the arch whose packages satisfy this package's relations."""
        return self.native.arch if package.architecture in {ALL, "source"} else package.architecture

    def universe(self, arch: str) -> Universe | None:
        """Return the universe of an arch."""
        return self.native if arch == self.native.arch else self.foreign.get(arch)

    def find_pin(self, package: Package) -> Pin | None:
        """Return the pin that sets a package's priority, if one does."""
        universe = self.universe(self.arch_of(package))
        return universe.find_pin(package) if universe else None

    def universes(self, arch: str) -> list[Universe]:
        """Return all universes, that of `arch` first, then the native one."""
        return sorted((self.native, *self.foreign.values()), key=lambda universe: universe.arch != arch)

    def list_universes(self, arch: str) -> list[Universe]:
        """Return the universes in the order in which apt looks for what satisfies a relation of a package of `arch`.

        The native one comes first: what of it serves another arch is preferred to that arch's own.
        """
        if not self.foreign:
            return [self.native]
        return [self.native, *(universe for universe in self.universes(arch) if universe is not self.native)]

    def find_named(self, relation: Relation, arch: str) -> list[Package]:
        """Return the packages of the relation's name that satisfy it for a package of `arch`, best first."""
        return [
            package
            for universe in self.list_universes(arch)
            for package in universe.versions(relation.name)
            if satisfies(package.version, relation.operator, relation.version) and self.serves(package, relation, arch)
        ]

    def keep_first_arch(self, packages: list[Package]) -> list[Package]:
        """Return those packages that are of the first one's arch, as apt has a seed's name mean one arch."""
        return [package for package in packages if self.arch_of(package) == self.arch_of(packages[0])]

    def find_providers(self, relation: Relation, arch: str) -> list[Package]:
        """Return the packages that satisfy a relation by providing its name, to all or to packages of `arch` by name."""
        return [
            package
            for universe in self.list_universes(arch)
            for name in self.list_provided_names(relation, arch)
            for package, provided in universe.providers(name)
            if is_provided(provided, relation) and (name != relation.name or self.serves(package, relation, arch))
        ]

    def list_provided_names(self, relation: Relation, arch: str) -> tuple[str, ...]:
        """Return the names by which a package provides what a relation of a package of `arch` asks for."""
        if not self.qualified or relation.qualifier in {"any", "native"}:
            return (relation.name,)
        return (relation.name, f"{relation.name}:{relation.qualifier or arch}")

    def serves(self, package: Package, relation: Relation, arch: str) -> bool:
        """Return whether a package's arch lets it satisfy a relation of a package of `arch`."""
        package_arch = self.native.arch if package.architecture == ALL else package.architecture
        match relation.qualifier:
            case "":
                return package_arch == arch or package.column("Multi-Arch") == FOREIGN
            case "any":
                return package.column("Multi-Arch") == ALLOWED
            case "native":
                return package_arch == self.native.arch
            case qualifier:
                return package_arch == qualifier


def is_provided(provided: str, relation: Relation) -> bool:
    """Return whether providing a name in a version ('' for none) satisfies a relation to that name (Policy 7.5)."""
    return not relation.operator or (bool(provided) and satisfies(provided, relation.operator, relation.version))
