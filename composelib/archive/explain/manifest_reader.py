"""A gathered list read back: what was chosen for a variant and arch, each package with its reason."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Why:
    """The reason of a package: a seed, or a relation of another package."""

    seed: str = ""
    file: str = ""
    line: int = 0
    package: str = ""
    relation: str = ""
    provides: str = ""
    """The name the relation asks for, where the package provides it."""


@dataclass(frozen=True, slots=True)
class Row:
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
    why: Why = field(default=Why())


GatheredPackages = tuple[Row, ...]
SOURCE = "source"
WHY = frozenset(Why.__slots__)


def parse_manifest(text: bytes) -> GatheredPackages:
    """Read the JSON of a manifest. Raise KeyError, TypeError or ValueError if it is not one."""
    return rows(json.loads(text.decode("utf-8", "surrogateescape"))["packages"])


def rows(found: Iterable[Mapping[str, Any]]) -> GatheredPackages:
    """Read rows of JSON; what they have more than is known here is passed over."""
    return tuple(row(each) for each in found)


def row(found: Mapping[str, Any]) -> Row:
    """Read one row."""
    why = Why(**{key: value for key, value in (found.get("why") or {}).items() if key in WHY})
    plain = {key: found[key] for key in Row.__slots__ if key not in {"why", "component"}}
    return Row(**plain, component=found.get("component", "main"), why=why)


def find_chain(row: Row, all_rows: Iterable[Row]) -> list[Row]:
    """Return a package, then the one that needs it, and so on to one that a seed asks for, by the shortest way.

    A source is there for any package that is built from it: with only the one that is named, a package that its own
    source needs to be built would lead in a circle.
    """
    known = RowLookup(all_rows)
    via: dict[Row, Row | None] = {row: None}
    waiting = deque([row])
    while waiting:
        current = waiting.popleft()
        if current.why.seed:
            break
        fresh = [owner for owner in known.owners(current) if owner not in via]
        via |= dict.fromkeys(fresh, current)
        waiting += fresh
    return list(back(current, via))[::-1]


def back(row: Row, via: Mapping[Row, Row | None]) -> Iterator[Row]:
    """Return the rows from one back to where the search began."""
    step: Row | None = row
    while step:
        yield step
        step = via[step]


class RowLookup:
    """Rows by their names and by their sources."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Take all rows that chains may lead through."""
        self.by_name: dict[str, list[Row]] = {}
        self.by_source: dict[tuple[str, str], list[Row]] = {}
        for row in rows:
            self.by_name.setdefault(row.package, []).append(row)
            if row.architecture != SOURCE:
                self.by_source.setdefault((row.source, row.source_version), []).append(row)

    def owners(self, row: Row) -> list[Row]:
        """Return what a row may be there for, what its reason names first: a source package for Build-Depends."""
        by_source = row.why.relation.startswith("Build-")
        named = [each for each in self.by_name.get(row.why.package, ()) if (each.architecture == SOURCE) == by_source]
        named.sort(key=lambda each: each.architecture != row.architecture)
        built = self.by_source.get((row.package, row.version), []) if row.architecture == SOURCE else []
        return [*(named if by_source else named[:1]), *built]
