"""What patterns are asked, and how they are combined, as apt-patterns(7) has it.

As in apt, a pattern is asked two things: whether a *name* matches, which for patterns about versions means that any
version of that name does; and whether one *version* (a Package) does. `names` may give, from the index, all names that
can match, so that not every stanza need be read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import reduce

from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.universe import Universe


class Known:
    """A universe, with what patterns have found in it."""

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self.found: dict[tuple[str, Pattern], Collection[str]] = {}
        self.answers: dict[tuple[Pattern, str], bool] = {}

    def once(self, what: str, pattern: Pattern, find: Callable[[], Iterable[str]]) -> Collection[str]:
        """Return the names that `find` finds, asked once for each pattern."""
        key = (what, pattern)
        if key not in self.found:
            self.found[key] = frozenset(find())
        return self.found[key]

    def holds(self, pattern: Pattern, name: str) -> bool:
        """Return whether a name matches, asked once: relations name the same few packages again and again."""
        key = (pattern, name)
        if key not in self.answers:
            self.answers[key] = pattern.on_name(name, self)
        return self.answers[key]

    def values(self, column: str) -> set[str]:
        """Return every value of a column of the index."""
        return {value for part in self.universe.parts for value in part.index.values(column)}


class Pattern:
    """A pattern about versions; subclasses for patterns about names say so."""

    def on_name(self, name: str, known: Known) -> bool:
        """Return whether any version of a name matches."""
        return any(self.on_version(package, known) for package in known.universe.versions(name))

    def on_version(self, package: Package, known: Known) -> bool:
        """Return whether this version matches."""
        raise NotImplementedError

    def names(self, known: Known) -> Collection[str] | None:  # noqa: ARG002 - for those that know better
        """Return all names that on_name can hold for, and maybe others; None if that could be any."""
        return None


class NamePattern(Pattern):
    """A pattern about names: a version matches when its name does."""

    def on_version(self, package: Package, known: Known) -> bool:
        """Return whether the version's name matches."""
        return self.on_name(package.name, known)


@dataclass(frozen=True)
class Always(NamePattern):
    """`?true` and `?false`."""

    value: bool

    def on_name(self, name: str, known: Known) -> bool:  # noqa: ARG002
        """Return the one answer."""
        return self.value

    def names(self, known: Known) -> Collection[str] | None:  # noqa: ARG002
        """Return no name for `?false`."""
        return None if self.value else ()


@dataclass(frozen=True)
class Not(Pattern):
    """`?not`: of a name, that no version matches."""

    inner: Pattern

    def on_name(self, name: str, known: Known) -> bool:
        """Return whether the name does not match."""
        return not self.inner.on_name(name, known)

    def on_version(self, package: Package, known: Known) -> bool:
        """Return whether the version does not match."""
        return not self.inner.on_version(package, known)


@dataclass(frozen=True)
class And(Pattern):
    """`?and`: of a name, it is enough that each part matches some version."""

    parts: tuple[Pattern, ...]

    def on_name(self, name: str, known: Known) -> bool:
        """Return whether all parts match the name."""
        return all(part.on_name(name, known) for part in self.parts)

    def on_version(self, package: Package, known: Known) -> bool:
        """Return whether all parts match the version."""
        return all(part.on_version(package, known) for part in self.parts)

    def names(self, known: Known) -> Collection[str] | None:
        """Return the names of the part that has the fewest."""
        found = [names for part in self.parts if (names := part.names(known)) is not None]
        return min(found, key=len, default=None)


@dataclass(frozen=True)
class Or(Pattern):
    """`?or`."""

    parts: tuple[Pattern, ...]

    def on_name(self, name: str, known: Known) -> bool:
        """Return whether any part matches the name."""
        return any(part.on_name(name, known) for part in self.parts)

    def on_version(self, package: Package, known: Known) -> bool:
        """Return whether any part matches the version."""
        return any(part.on_version(package, known) for part in self.parts)

    def names(self, known: Known) -> Collection[str] | None:
        """Return the names of all parts, if every part knows its."""
        found = [part.names(known) for part in self.parts]
        if None in found:
            return None
        return reduce(lambda one, other: one | set(other or ()), found, set[str]())


@dataclass(frozen=True)
class AnyVersion(Pattern):
    """`?any-version` and `?narrow`: of a name, that one version matches all of the inner pattern."""

    inner: Pattern

    def on_version(self, package: Package, known: Known) -> bool:
        """Return whether the version matches."""
        return self.inner.on_version(package, known)

    def names(self, known: Known) -> Collection[str] | None:
        """Return the inner pattern's names: what holds of one version holds of its name, but for a negation."""
        return self.inner.names(known)


@dataclass(frozen=True)
class AllVersions(Pattern):
    """`?all-versions`."""

    inner: Pattern

    def on_name(self, name: str, known: Known) -> bool:
        """Return whether every version of the name matches."""
        return all(self.inner.on_version(package, known) for package in known.universe.versions(name))

    def on_version(self, package: Package, known: Known) -> bool:
        """Return whether the version matches."""
        return self.inner.on_version(package, known)
