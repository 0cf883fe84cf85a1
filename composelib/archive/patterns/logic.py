"""Logical patterns, and how any pattern is matched, by the rules of apt-patterns(7).

As in apt, a pattern is matched in two ways: against a *name*, which for patterns about versions matches when any version
of that name does; and against one *version* (a Package). `find_names` may list, from the index, all names that can match, so
that not every stanza need be read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # configs are checked at every start, without any package
    from composelib.archive.choose.packages.package import Package
    from composelib.archive.choose.packages.universe import Universe


class PatternCache:
    """A universe, and the results of matching patterns against it."""

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self.names: dict[Pattern, Collection[str]] = {}
        self.matching: dict[tuple[Pattern, str], bool] = {}
        self.faults: dict[tuple[str, str], str] = {}
        """What is wrong with fields of packages, by archive and `NAME VERSION: FIELD`: their odd clauses match nothing."""

    def get_names(self, pattern: Pattern, search: Callable[[], Iterable[str]]) -> Collection[str]:
        """Return the names that `search` yields, run once for each pattern."""
        if pattern not in self.names:
            self.names[pattern] = frozenset(search())
        return self.names[pattern]

    def is_match(self, pattern: Pattern, name: str) -> bool:
        """Return whether a name matches, computed once: relations name the same few packages again and again."""
        key = (pattern, name)
        if key not in self.matching:
            self.matching[key] = pattern.matches_name(name, self)
        return self.matching[key]

    def list_values(self, column: str) -> set[str]:
        """Return every value of a column of the index."""
        return {value for listing in self.universe.listings for value in listing.index.values(column)}


class Pattern:
    """A pattern about versions; subclasses for patterns about names say so.

    Patterns are values: equal if they are of one class with equal attributes. The comparison is written once, here, as what
    `dataclass` writes for each class takes longer than most choices of packages spend on patterns.
    """

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def matches_name(self, name: str, cache: PatternCache) -> bool:
        """Return whether any version of a name matches."""
        return any(self.matches_version(package, cache) for package in cache.universe.versions(name))

    def matches_version(self, package: Package, cache: PatternCache) -> bool:
        """Return whether this version matches."""
        raise NotImplementedError

    def find_names(self, cache: PatternCache) -> Collection[str] | None:  # noqa: ARG002 - subclasses use it
        """Return all names that can match, and maybe others; None if any name can."""
        return None


class NamePattern(Pattern):
    """A pattern about names: a version matches when its name does."""

    def matches_version(self, package: Package, cache: PatternCache) -> bool:
        """Return whether the version's name matches."""
        return self.matches_name(package.name, cache)


@dataclass(eq=False, repr=False)
class Always(NamePattern):
    """`?true` and `?false`."""

    value: bool

    def matches_name(self, name: str, cache: PatternCache) -> bool:  # noqa: ARG002
        """Return the constant."""
        return self.value

    def find_names(self, cache: PatternCache) -> Collection[str] | None:  # noqa: ARG002
        """Return no name for `?false`, and None, for any, for `?true`."""
        return None if self.value else ()


@dataclass(eq=False, repr=False)
class Not(Pattern):
    """`?not`: a name matches when it does not match the inner pattern."""

    inner: Pattern

    def matches_name(self, name: str, cache: PatternCache) -> bool:
        """Return whether the name does not match the inner pattern."""
        return not self.inner.matches_name(name, cache)

    def matches_version(self, package: Package, cache: PatternCache) -> bool:
        """Return whether the version does not match the inner pattern."""
        return not self.inner.matches_version(package, cache)


@dataclass(eq=False, repr=False)
class And(Pattern):
    """`?and`: for a name it is enough that each operand matches some version."""

    operands: tuple[Pattern, ...]

    def matches_name(self, name: str, cache: PatternCache) -> bool:
        """Return whether all operands match the name."""
        return all(operand.matches_name(name, cache) for operand in self.operands)

    def matches_version(self, package: Package, cache: PatternCache) -> bool:
        """Return whether all operands match the version."""
        return all(operand.matches_version(package, cache) for operand in self.operands)

    def find_names(self, cache: PatternCache) -> Collection[str] | None:
        """Return the names of the operand that has the fewest."""
        listed = [names for operand in self.operands if (names := operand.find_names(cache)) is not None]
        return min(listed, key=len, default=None)


@dataclass(eq=False, repr=False)
class Or(Pattern):
    """`?or`."""

    operands: tuple[Pattern, ...]

    def matches_name(self, name: str, cache: PatternCache) -> bool:
        """Return whether any operand matches the name."""
        return any(operand.matches_name(name, cache) for operand in self.operands)

    def matches_version(self, package: Package, cache: PatternCache) -> bool:
        """Return whether any operand matches the version."""
        return any(operand.matches_version(package, cache) for operand in self.operands)

    def find_names(self, cache: PatternCache) -> Collection[str] | None:
        """Return the names of all operands, if every operand can list its own."""
        listed = [operand.find_names(cache) for operand in self.operands]
        if None in listed:
            return None
        return reduce(lambda union, names: union | set(names or ()), listed, set[str]())


@dataclass(eq=False, repr=False)
class AnyVersion(Pattern):
    """`?any-version` and `?narrow`: a name matches when one version matches all of the inner pattern."""

    inner: Pattern

    def matches_version(self, package: Package, cache: PatternCache) -> bool:
        """Return whether the version matches."""
        return self.inner.matches_version(package, cache)

    def find_names(self, cache: PatternCache) -> Collection[str] | None:
        """Return the inner pattern's names: no version of any other name can match."""
        return self.inner.find_names(cache)


@dataclass(eq=False, repr=False)
class AllVersions(Pattern):
    """`?all-versions`."""

    inner: Pattern

    def matches_name(self, name: str, cache: PatternCache) -> bool:
        """Return whether every version of the name matches."""
        return all(self.inner.matches_version(package, cache) for package in cache.universe.versions(name))

    def matches_version(self, package: Package, cache: PatternCache) -> bool:
        """Return whether the version matches."""
        return self.inner.matches_version(package, cache)
