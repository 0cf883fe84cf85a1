"""The packages that a variant excludes, by name, `name:arch`, glob or apt-pattern; pinned packages stay."""

from __future__ import annotations

import re
from collections.abc import Iterable

from composelib.archive.choose.packages.package import ALL, Package
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.packages.world import World
from composelib.archive.choose.rules import PackageTest
from composelib.archive.format import relation
from composelib.archive.patterns import matcher
from composelib.model.origin import Seed

NAME = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9+._-]*)(?::(?P<arch>[a-z0-9-]+))?")
RESTRICTION = re.compile(r"\s+\[([^\[\]]*)\]\s*$")


class Exclusion:
    """Tests whether a package is excluded; each package is tested once."""

    def __init__(
        self,
        exclude: Iterable[Seed],
        world: World,
        pinned: PackageTest = lambda _: False,
        foreign: Exclusion | None = None,
    ) -> None:
        """Take the entries, and a test for packages that are never excluded; `foreign` excludes packages of foreign arches."""
        self._world = world
        self._foreign = foreign
        self._names: dict[str, list[tuple[str, Seed]]] = {}
        self._tests: list[tuple[PackageTest, Seed]] = []
        self._pinned = pinned
        self._entries: dict[Package, Seed | None] = {}
        self.problems = [(seed.origin, f"exclude: {problem}") for seed in exclude for problem in self._add(seed, world)]
        """The entries that cannot be parsed, each with the reason."""

    def _add(self, seed: Seed, world: World) -> Iterable[str]:
        """Add an entry; yield what is wrong with it."""
        text = strip_restriction(seed)
        restriction = RESTRICTION.search(seed.text)
        if restriction and not relation.is_in_restriction(world.native.arch, tuple(restriction[1].split())):
            return
        match = NAME.fullmatch(text)
        if match:
            self._names.setdefault(match["name"], []).append((match["arch"] or "", seed))
            return
        try:
            self._tests.append((make_pattern_test(text, world), seed))
        except matcher.PatternError as error:
            yield str(error)

    def __call__(self, package: Package) -> bool:
        """Return whether a package is excluded."""
        return bool(self._names or self._tests or self._foreign) and self.find_entry(package) is not None

    def find_entry(self, package: Package) -> Seed | None:
        """Return the entry that excludes a package."""
        if package not in self._entries:
            self._entries[package] = self._find_foreign(package) or (
                None if self._pinned(package) else self._find(package)
            )
        return self._entries[package]

    def _find_foreign(self, package: Package) -> Seed | None:
        is_native = self._foreign is None or self._world.arch_of(package) == self._world.native.arch
        return None if is_native or self._foreign is None else self._foreign.find_entry(package)

    def _find(self, package: Package) -> Seed | None:
        for arch, seed in self._names.get(package.name, ()):
            if arch in {"", package.architecture}:
                return seed
        return next((seed for is_match, seed in self._tests if is_match(package)), None)

    def find_origin(self, package: Package) -> str:
        """Return FILE:LINE:COLUMN of the entry that excludes a package; '' if none does."""
        seed = self.find_entry(package)
        return str(seed.origin) if seed else ""

    def find_idle(self, universes: Iterable[Universe]) -> Iterable[Seed]:
        """Yield the patterns that match no package, given that all packages of the closure were tested."""
        applied = {seed for seed in self._entries.values() if seed}
        every_universe = tuple(universes)
        for _, seed in self._tests:
            pattern = matcher.parse_pattern(strip_restriction(seed))
            if seed not in applied and not any(
                matcher.select_packages(pattern, universe) for universe in every_universe
            ):
                yield seed

    def find_unknown(self, universes: Iterable[Universe]) -> Iterable[tuple[Seed, str]]:
        """Yield the entries that name a package which no archive has, with that name; entries for another arch are left out."""
        every_universe = tuple(universes)
        for name, entries in self._names.items():
            for arch, seed in entries:
                matching = [universe for universe in every_universe if arch in {"", ALL, universe.arch}]
                if matching and not any(universe.list_all(name) for universe in matching):
                    yield seed, name


def strip_restriction(seed: Seed) -> str:
    """Return an entry's text without the arches that it is for."""
    return RESTRICTION.sub("", seed.text).strip()


def make_pattern_test(text: str, world: World) -> PackageTest:
    """Return the test for an apt-pattern or glob. Raise PatternError."""
    pattern = matcher.parse_pattern(text)

    def is_match(package: Package) -> bool:
        return matcher.matches(pattern, package, world.universe(world.arch_of(package)) or world.native)

    return is_match
