"""What a variant leaves out: names, globs, names of one arch, apt-patterns; and what stays in all the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from composelib.archive.choose.packages.package import ALL, Package
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.packages.world import World
from composelib.archive.format import relation
from composelib.archive.patterns import matcher
from composelib.model.origin import Seed

NAME = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9+._-]*)(?::(?P<arch>[a-z0-9-]+))?")
RESTRICTION = re.compile(r"\s+\[([^\[\]]*)\]\s*$")

Test = Callable[[Package], bool]


class Exclusion:
    """Tells of each package whether it is excluded; a package is looked at once."""

    def __init__(self, exclude: Iterable[Seed], world: World, pinned: Test = lambda _: False) -> None:
        """Take the entries."""
        self._names: dict[str, list[tuple[str, Seed]]] = {}
        self._tests: list[tuple[Test, Seed]] = []
        self._pinned = pinned
        self._known: dict[Package, Seed | None] = {}
        self.wrong = [(seed.origin, f"exclude: {problem}") for seed in exclude for problem in self._add(seed, world)]
        """The entries that are not understood, and why."""

    def _add(self, seed: Seed, world: World) -> Iterable[str]:
        """Take an entry; give what is wrong with it."""
        text = RESTRICTION.sub("", seed.text).strip()
        restriction = RESTRICTION.search(seed.text)
        if restriction and not relation.is_in_restriction(world.native.arch, tuple(restriction[1].split())):
            return
        match = NAME.fullmatch(text)
        if match:
            self._names.setdefault(match["name"], []).append((match["arch"] or "", seed))
            return
        try:
            self._tests.append((pattern_test(text, world), seed))
        except matcher.PatternError as error:
            yield str(error)

    def __call__(self, package: Package) -> bool:
        """Return whether a package is excluded."""
        return bool(self._names or self._tests) and self.by(package) is not None

    def by(self, package: Package) -> Seed | None:
        """Return the entry that excludes a package."""
        if package not in self._known:
            self._known[package] = None if self._pinned(package) else self._find(package)
        return self._known[package]

    def _find(self, package: Package) -> Seed | None:
        for arch, seed in self._names.get(package.name, ()):
            if arch in {"", package.architecture}:
                return seed
        return next((seed for hits, seed in self._tests if hits(package)), None)

    def origin(self, package: Package) -> str:
        """Return where the entry that excludes a package is written."""
        seed = self.by(package)
        return str(seed.origin) if seed else ""

    def unknown(self, universes: Iterable[Universe]) -> Iterable[tuple[Seed, str]]:
        """Return the entries that name a package which is in no archive, with that name; those of another arch pass."""
        known = tuple(universes)
        for name, entries in self._names.items():
            for arch, seed in entries:
                own = [universe for universe in known if arch in {"", ALL, universe.arch}]
                if own and not any(universe.versions(name) for universe in own):
                    yield seed, name


def pattern_test(text: str, world: World) -> Test:
    """Return the test for an apt-pattern or glob. Raise PatternError."""
    pattern = matcher.parse(text)

    def hits(package: Package) -> bool:
        return matcher.matches(pattern, package, world.universe(world.arch_of(package)) or world.native)

    return hits
