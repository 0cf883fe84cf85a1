"""The terms of apt-patterns(7), except the logical ones, as patterns."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from composelib.archive.format.relation import matches_arch, parse_sound_clauses
from composelib.archive.patterns.logic import NamePattern, Pattern, PatternCache

if TYPE_CHECKING:  # configs are checked at every start, without any package
    from composelib.archive.choose.packages.package import Package


@dataclass(eq=False, repr=False)
class Name(NamePattern):
    """`?exact-name`."""

    name: str

    def matches_name(self, name: str, cache: PatternCache) -> bool:  # noqa: ARG002
        """Return whether it is this name."""
        return name == self.name

    def find_names(self, cache: PatternCache) -> Collection[str] | None:  # noqa: ARG002
        """Return the name."""
        return (self.name,)


@dataclass(eq=False, repr=False)
class NameMatches(NamePattern):
    """`?name` and `?x-name-fnmatch`, the latter anchored by its expression."""

    expression: re.Pattern[str]

    def matches_name(self, name: str, cache: PatternCache) -> bool:  # noqa: ARG002
        """Return whether the expression matches within the name."""
        return self.expression.search(name) is not None

    def find_names(self, cache: PatternCache) -> Collection[str] | None:
        """Return all names of the universe that match."""
        return cache.get_names(self, lambda: filter(self.expression.search, cache.universe.names()))


@dataclass(eq=False, repr=False)
class Virtual(NamePattern):
    """`?virtual`: a name that has no version."""

    def matches_name(self, name: str, cache: PatternCache) -> bool:
        """Return whether no package has this name."""
        return not cache.universe.versions(name)


@dataclass(eq=False, repr=False)
class ColumnEquals(Pattern):
    """A field that is a column of the index has this value: `?priority`, `?essential`, `?task`."""

    column: str
    value: str

    def matches_name(self, name: str, cache: PatternCache) -> bool:
        """Return whether any version of the name has the value."""
        return name in self.find_names(cache)

    def matches_version(self, package: Package, cache: PatternCache) -> bool:  # noqa: ARG002
        """Return whether the version has the value."""
        value = package.column(self.column)
        return value == self.value or (self.column == "Task" and self.value in value.replace(",", " ").split())

    def find_names(self, cache: PatternCache) -> Collection[str]:
        """Return all names that have the value, from the index."""
        return cache.get_names(self, lambda: self.search_index(cache))

    def search_index(self, cache: PatternCache) -> Iterable[str]:
        """Return the names of the packages that have the value."""
        return (package.name for package in cache.universe.find_by_field(self.column, self.value))


@dataclass(eq=False, repr=False)
class ColumnMatches(Pattern):
    """An expression matches within a field that is a column of the index: `?section`, `?source-package`."""

    column: str
    expression: re.Pattern[str]

    def matches_name(self, name: str, cache: PatternCache) -> bool:
        """Return whether any version of the name has a value that matches."""
        return name in self.find_names(cache)

    def matches_version(self, package: Package, cache: PatternCache) -> bool:  # noqa: ARG002
        """Return whether the version's value matches."""
        value = package.column(self.column)
        return bool(value) and self.expression.search(value) is not None

    def find_names(self, cache: PatternCache) -> Collection[str]:
        """Return all names that have a value that matches: each value is tried once."""
        return cache.get_names(self, lambda: self.search_index(cache))

    def search_index(self, cache: PatternCache) -> Iterable[str]:
        """Yield the names of the packages whose value matches."""
        for value in filter(None, cache.list_values(self.column)):
            if self.expression.search(value):
                yield from (package.name for package in cache.universe.find_by_field(self.column, value))


@dataclass(eq=False, repr=False)
class TextMatches(Pattern):
    """An expression matches within a package's version, archive, description or the like."""

    attribute: str
    """The name of that property or field: two patterns that differ in it alone are different patterns."""
    read: Callable[[Package], str]
    expression: re.Pattern[str]

    def matches_version(self, package: Package, cache: PatternCache) -> bool:  # noqa: ARG002
        """Return whether the expression matches within the version's text."""
        return self.expression.search(self.read(package)) is not None


@dataclass(eq=False, repr=False)
class Architecture(Pattern):
    """`?architecture`: `all` packages count as native, as in apt; `native`, `foreign`, `all` are taken from aptitude."""

    wildcard: str

    def matches_version(self, package: Package, cache: PatternCache) -> bool:
        """Return whether the wildcard stands for the version's architecture."""
        arch = cache.universe.arch if package.architecture == "all" else package.architecture
        match self.wildcard:
            case "all":
                return package.architecture == "all"
            case "native" | "foreign":
                return (self.wildcard == "native") == cache.universe.native
            case _:
                return matches_arch(arch, self.wildcard)


@dataclass(eq=False, repr=False)
class Depends(Pattern):
    """`?depends`, `?conflicts` …: a version whose field names a package that matches, in whatever version."""

    field: str
    inner: Pattern

    def matches_version(self, package: Package, cache: PatternCache) -> bool:
        """Return whether any alternative of the field names a match."""
        return any(cache.is_match(self.inner, name) for name in list_related_names(package, self.field, cache))


@dataclass(eq=False, repr=False)
class ReverseDepends(NamePattern):
    """`?reverse-depends` …: a name that occurs in a matching version's field."""

    field: str
    inner: Pattern

    def matches_name(self, name: str, cache: PatternCache) -> bool:
        """Return whether any matching version names it."""
        return name in self.find_names(cache)

    def find_names(self, cache: PatternCache) -> Collection[str]:
        """Return all names that occur in the field of matching versions."""
        return cache.get_names(self, lambda: self.search_relations(cache))

    def search_relations(self, cache: PatternCache) -> Iterable[str]:
        """Yield the names in the field of each matching version."""
        names = self.inner.find_names(cache)
        for name in cache.universe.names() if names is None else names:
            for package in cache.universe.versions(name):
                if self.inner.matches_version(package, cache):
                    yield from list_related_names(package, self.field, cache)


@dataclass(eq=False, repr=False)
class Provides(Pattern):
    """`?provides` (aptitude's): a version that provides a name that matches."""

    inner: Pattern

    def matches_version(self, package: Package, cache: PatternCache) -> bool:
        """Return whether the version provides a match."""
        return any(cache.is_match(self.inner, name) for name in list_related_names(package, "Provides", cache))

    def find_names(self, cache: PatternCache) -> Collection[str] | None:
        """Return the names of the providers of one exact name."""
        if not isinstance(self.inner, Name):
            return None
        return {package.name for package, _ in cache.universe.providers(self.inner.name)}


def list_related_names(package: Package, field: str, cache: PatternCache) -> Iterable[str]:
    """Return the names in a relation field; what is wrong in it is noted."""
    clauses, fault = parse_sound_clauses(package.field(field))
    if fault:
        cache.faults[package.archive, f"{package.name} {package.version}: {field}"] = fault
    return (relation.name for alternatives in clauses for relation in alternatives)
