"""What the single terms of apt-patterns(7) mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from composelib.archive.choose.packages.package import Package
from composelib.archive.format.relation import matches_arch
from composelib.archive.patterns.logic import Known, NamePattern, Pattern


@dataclass(frozen=True)
class Name(NamePattern):
    """`?exact-name`."""

    name: str

    def on_name(self, name: str, known: Known) -> bool:  # noqa: ARG002
        """Return whether it is this name."""
        return name == self.name

    def names(self, known: Known) -> Collection[str] | None:  # noqa: ARG002
        """Return the name."""
        return (self.name,)


@dataclass(frozen=True)
class NameMatches(NamePattern):
    """`?name` and `?x-name-fnmatch`, the latter anchored by its expression."""

    expression: re.Pattern[str]

    def on_name(self, name: str, known: Known) -> bool:  # noqa: ARG002
        """Return whether the expression is found in the name."""
        return self.expression.search(name) is not None

    def names(self, known: Known) -> Collection[str] | None:
        """Return all names of the universe that match."""
        return known.once("names", self, lambda: filter(self.expression.search, known.universe.names()))


@dataclass(frozen=True)
class Virtual(NamePattern):
    """`?virtual`: a name that has no version."""

    def on_name(self, name: str, known: Known) -> bool:
        """Return whether nothing has this name."""
        return not known.universe.versions(name)


@dataclass(frozen=True)
class Column(Pattern):
    """A field that the index holds has one value: `?priority`, `?essential`, `?task`."""

    column: str
    value: str

    def on_name(self, name: str, known: Known) -> bool:
        """Return whether any version of the name has the value."""
        return name in self.names(known)

    def on_version(self, package: Package, known: Known) -> bool:  # noqa: ARG002
        """Return whether the version has the value."""
        value = package.column(self.column)
        return value == self.value or (self.column == "Task" and self.value in value.replace(",", " ").split())

    def names(self, known: Known) -> Collection[str]:
        """Return all names that have the value, from the index."""
        return known.once("names", self, lambda: self.find(known))

    def find(self, known: Known) -> Iterable[str]:
        """Find those names."""
        return (package.name for package in known.universe.with_field(self.column, self.value))


@dataclass(frozen=True)
class ColumnMatches(Pattern):
    """An expression is found in a field that the index holds: `?section`, `?source-package`."""

    column: str
    expression: re.Pattern[str]

    def on_name(self, name: str, known: Known) -> bool:
        """Return whether any version of the name has a value that matches."""
        return name in self.names(known)

    def on_version(self, package: Package, known: Known) -> bool:  # noqa: ARG002
        """Return whether the version's value matches."""
        value = package.column(self.column)
        return bool(value) and self.expression.search(value) is not None

    def names(self, known: Known) -> Collection[str]:
        """Return all names that have a value that matches: each value is tried once."""
        return known.once("names", self, lambda: self.find(known))

    def find(self, known: Known) -> Iterable[str]:
        """Find those names."""
        for value in filter(None, known.values(self.column)):
            if self.expression.search(value):
                yield from (package.name for package in known.universe.with_field(self.column, value))


@dataclass(frozen=True)
class TextMatches(Pattern):
    """An expression is found in something a package says of itself: the version, the description."""

    what: str
    read: Callable[[Package], str]
    expression: re.Pattern[str]

    def on_version(self, package: Package, known: Known) -> bool:  # noqa: ARG002
        """Return whether the expression is found in the version's text."""
        return self.expression.search(self.read(package)) is not None


@dataclass(frozen=True)
class Architecture(Pattern):
    """`?architecture`: `all` packages count as native, as in apt; `native`, `foreign`, `all` are ours (aptitude's)."""

    wildcard: str

    def on_version(self, package: Package, known: Known) -> bool:
        """Return whether the version's architecture is meant."""
        own = known.universe.arch if package.architecture == "all" else package.architecture
        match self.wildcard:
            case "all":
                return package.architecture == "all"
            case "native" | "foreign":
                return (self.wildcard == "native") == known.universe.native
            case _:
                return matches_arch(own, self.wildcard)


@dataclass(frozen=True)
class Depends(Pattern):
    """`?depends`, `?conflicts` …: a version whose field names a package that matches, in whatever version."""

    field: str
    inner: Pattern

    def on_version(self, package: Package, known: Known) -> bool:
        """Return whether any alternative of the field names a match."""
        return any(known.holds(self.inner, name) for name in targets(package, self.field))


@dataclass(frozen=True)
class ReverseDepends(NamePattern):
    """`?reverse-depends` …: a name that a matching version's field names."""

    field: str
    inner: Pattern

    def on_name(self, name: str, known: Known) -> bool:
        """Return whether any matching version names it."""
        return name in self.names(known)

    def names(self, known: Known) -> Collection[str]:
        """Return all names that matching versions name."""
        return known.once("names", self, lambda: self.find(known))

    def find(self, known: Known) -> Iterable[str]:
        """Find those names."""
        names = self.inner.names(known)
        for name in known.universe.names() if names is None else names:
            for package in known.universe.versions(name):
                if self.inner.on_version(package, known):
                    yield from targets(package, self.field)


@dataclass(frozen=True)
class Provides(Pattern):
    """`?provides` (aptitude's): a version that provides a name that matches."""

    inner: Pattern

    def on_version(self, package: Package, known: Known) -> bool:
        """Return whether the version provides a match."""
        return any(known.holds(self.inner, name) for name in targets(package, "Provides"))

    def names(self, known: Known) -> Collection[str] | None:
        """Return the names of the providers of one exact name."""
        if not isinstance(self.inner, Name):
            return None
        return {package.name for package, _ in known.universe.providers(self.inner.name)}


def targets(package: Package, field: str) -> Iterable[str]:
    """Return the names in a relation field."""
    return (relation.name for alternatives in package.relations(field) for relation in alternatives)
