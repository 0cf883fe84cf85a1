"""A gathered list read back: the packages of a variant and arch, each with its reason."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class PackageReason:
    """The reason of a package: a seed, or a relation of another package."""

    seed: str = ""
    file: str = ""
    line: int = 0
    package: str = ""
    relation: str = ""
    provides: str = ""
    """The name in the relation, if the package only provides it."""
    pin: str = ""
    """Where the config has the pin that sets its priority."""
    priority: int = 0
    """The priority that the pin sets."""


@dataclass(frozen=True, slots=True)
class GatheredPackage:
    """A gathered package."""

    package: str
    version: str
    architecture: str
    source: str
    source_version: str
    component: str
    filename: str
    size: int
    sha256: str
    archive: str
    why: PackageReason = field(default=PackageReason())


GatheredPackages = tuple[GatheredPackage, ...]
SOURCE = "source"
WHY = frozenset(PackageReason.__slots__)


def parse_manifest(text: bytes) -> GatheredPackages:
    """Parse the JSON of a manifest. Raise KeyError, TypeError or ValueError if it is not valid."""
    return parse_rows(json.loads(text.decode("utf-8", "surrogateescape"))["packages"])


def parse_rows(objects: Iterable[Mapping[str, Any]]) -> GatheredPackages:
    """Read rows of JSON; keys that are unknown here are ignored."""
    return tuple(read_row(item) for item in objects)


def read_row(item: Mapping[str, Any]) -> GatheredPackage:
    """Read one row."""
    why = PackageReason(**{key: value for key, value in (item.get("why") or {}).items() if key in WHY})
    values = {key: item[key] for key in GatheredPackage.__slots__ if key not in {"why", "component"}}
    return GatheredPackage(**values, component=item.get("component", "main"), why=why)


def find_chain(row: GatheredPackage, all_rows: Iterable[GatheredPackage]) -> list[GatheredPackage]:
    """Return the shortest chain from a package to one that a seed asks for, each needed by the next.

    A source is needed by every package that is built from it, not only by the one in its reason: otherwise a package that
    its own source needs to be built would lead in a circle.
    """
    lookup = RowLookup(all_rows)
    via: dict[GatheredPackage, GatheredPackage | None] = {row: None}
    waiting = deque([row])
    while waiting:
        current = waiting.popleft()
        if current.why.seed:
            break
        fresh = [owner for owner in lookup.find_owners(current) if owner not in via]
        via |= dict.fromkeys(fresh, current)
        waiting += fresh
    return list(walk_back(current, via))[::-1]


def walk_back(row: GatheredPackage, via: Mapping[GatheredPackage, GatheredPackage | None]) -> Iterator[GatheredPackage]:
    """Yield the rows from `row` back to the start of the search."""
    step: GatheredPackage | None = row
    while step:
        yield step
        step = via[step]


class RowLookup:
    """Rows by their names and by their sources."""

    def __init__(self, rows: Iterable[GatheredPackage]) -> None:
        """Take all rows that chains may lead through."""
        self.by_name: dict[str, list[GatheredPackage]] = {}
        self.by_source: dict[tuple[str, str], list[GatheredPackage]] = {}
        for row in rows:
            self.by_name.setdefault(row.package, []).append(row)
            if row.architecture != SOURCE:
                self.by_source.setdefault((row.source, row.source_version), []).append(row)

    def find_owners(self, row: GatheredPackage) -> list[GatheredPackage]:
        """Return the packages that a row may be chosen for, the one in its reason first; for Build-Depends it is a source."""
        by_source = row.why.relation.startswith("Build-")
        named = [
            candidate
            for candidate in self.by_name.get(row.why.package, ())
            if (candidate.architecture == SOURCE) == by_source
        ]
        named.sort(key=lambda candidate: candidate.architecture != row.architecture)
        built = self.by_source.get((row.package, row.version), []) if row.architecture == SOURCE else []
        return [*(named if by_source else named[:1]), *built]
