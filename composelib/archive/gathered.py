"""A gathered list read back: what was chosen for a variant and arch, each package with its reason."""

from __future__ import annotations

import json
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


Rows = tuple[Row, ...]
SOURCE = "source"
WHY = frozenset(Why.__slots__)


def parse(text: bytes) -> Rows:
    """Read the JSON of a manifest. Raises KeyError, TypeError or ValueError if it is not one."""
    return rows(json.loads(text.decode("utf-8", "surrogateescape"))["packages"])


def rows(found: Iterable[Mapping[str, Any]]) -> Rows:
    """Read rows of JSON; what they have more than is known here is passed over."""
    return tuple(row(each) for each in found)


def row(found: Mapping[str, Any]) -> Row:
    """Read one row."""
    why = Why(**{key: value for key, value in (found.get("why") or {}).items() if key in WHY})
    plain = {key: found[key] for key in Row.__slots__ if key not in {"why", "component"}}
    return Row(**plain, component=found.get("component", "main"), why=why)


def chain(row: Row, all_rows: Iterable[Row]) -> Iterator[Row]:
    """Give a package, then the one that needs it, and so on to one that a seed asks for."""
    by_name: dict[str, list[Row]] = {}
    for each in all_rows:
        by_name.setdefault(each.package, []).append(each)
    seen: set[Row] = set()
    current: Row | None = row
    while current and current not in seen:
        seen.add(current)
        yield current
        current = owner(current, by_name.get(current.why.package, []))


def owner(row: Row, named: list[Row]) -> Row | None:
    """Give the package whose relation asks for a row, of packages of its name: a source package for Build-Depends."""
    by_source = row.why.relation.startswith("Build-")
    named = [each for each in named if (each.architecture == SOURCE) == by_source]
    return next((each for each in named if each.architecture == row.architecture), named[0] if named else None)
