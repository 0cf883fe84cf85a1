"""Why a package is not in a variant: every reason that can be found, in sentences."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from composelib.archive.choose.exclusion import Exclusion
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.explain.manifest_reader import GatheredPackages
from composelib.archive.format import relation
from composelib.archive.format.stanza import decode_value
from composelib.archive.patterns import matcher
from composelib.model.origin import Seed

PACKAGE = re.compile(rb"^Package:[ \t]*(\S+)", re.MULTILINE | re.IGNORECASE)
STRONG = ("Depends", "Pre-Depends")
WEAK = ("Recommends", "Suggests")
SHOWN = 5


@dataclass(frozen=True)
class MissingContext:
    """Where a package is missed: a variant's wishes for an arch, and what came of them."""

    universe: Universe
    exclusion: Exclusion
    seeds: tuple[Seed, ...]
    rows: GatheredPackages
    aside: tuple[tuple[str, GatheredPackages], ...] = ()
    """The variants it builds on, each with its packages."""


def explain_absence(name: str, place: MissingContext) -> Iterator[str]:
    """Describe why no package of this name is in the place, the plainest reason first; at least one thing is said."""
    versions = place.universe.versions(name)
    if not versions:
        yield from unknown(name, place)
        return
    aside = list(set_aside(versions, place))
    if aside:
        yield from aside
        return
    excluded = [(package, seed) for package in versions if (seed := place.exclusion.find_entry(package))]
    said = [f"excluded by {seed.text!r} ({seed.origin}): {shown(package)}" for package, seed in excluded]
    said += list(asked_for(name, place))
    yield from said
    if not said:
        yield f"{join_names(shown(package) for package in versions)}: known, but nothing asks for it"
    yield from dependents(name, place)


def unknown(name: str, place: MissingContext) -> Iterator[str]:
    """Describe what there is instead of a package of a name that no archive has."""
    providers = [package.name for package, _ in place.universe.providers(name)]
    if providers:
        chosen = {row.package for row in place.rows}
        having = [provider for provider in dict.fromkeys(providers) if provider in chosen]
        yield f"it is virtual: provided by {join_names(dict.fromkeys(providers))}"
        yield f"of these there is {join_names(having)}" if having else "none of these is there"
        return
    near = difflib.get_close_matches(name, place.universe.names(), SHOWN, 0.75)
    yield f"no archive has it for {place.universe.arch}" + (f"; did you mean {' or '.join(near)}?" if near else "")


def set_aside(versions: Iterable[Package], place: MissingContext) -> Iterator[str]:
    """Describe in which lookasides it is, from which nothing is copied."""
    versions = tuple(versions)
    for variant, rows in place.aside:
        if any(row.package == versions[0].name for row in rows):
            yield f"it is in {variant}, whose packages are not repeated in what builds on it"
    aside = [package for package in versions if package.lookaside]
    if aside and len(aside) == len(versions):
        yield f"only lookaside archives have it, which are never copied from: {join_names(map(shown, aside))}"


def asked_for(name: str, place: MissingContext) -> Iterator[str]:
    """Describe which lines of the config name it without getting it."""
    for seed in place.seeds:
        if matcher.is_pattern(seed.text):
            continue
        named = [item for clause in relation.parse(seed.text) for item in clause if item.name == name]
        if named and not any(relation.applies(item, place.universe.arch) for item in named):
            yield f"{seed.origin}: {seed.text!r} asks for it, but not on {place.universe.arch}"
        elif named:
            yield f"{seed.origin}: {seed.text!r} is satisfied otherwise"


def dependents(name: str, place: MissingContext) -> Iterator[str]:
    """Describe what would bring it: packages that depend on it, and chosen ones that only recommend or suggest it."""
    chosen = {row.package for row in place.rows}
    needing = mentions(name, place.universe)
    weak = [package.name for package in needing if package.name in chosen and names(package, WEAK, name)]
    strong = [package.name for package in needing if names(package, STRONG, name)]
    alternative = [package for package in strong if package in chosen]
    rest = [package for package in strong if package not in chosen]
    if weak:
        yield f"only recommended or suggested by what is there: {join_names(weak)}"
    if alternative:
        yield f"what is there would take it as an alternative: {join_names(alternative)}"
    if rest:
        yield f"would come with {join_names(rest)}, which depend{'s' if len(rest) == 1 else ''} on it"


@lru_cache(2)
def mentions(name: str, universe: Universe) -> tuple[Package, ...]:
    """Return the candidates in whose archives' stanzas a name is mentioned, whatever for, sorted by name."""
    word = re.compile(rb"(?<![a-z0-9+.-])" + re.escape(name.encode()) + rb"(?![a-z0-9+.-])")
    found: set[str] = set()
    for part in universe.listings:
        starts, _ = part.index.spans
        rows = {bisect_right(starts, match.start()) - 1 for match in word.finditer(part.stanzas)}
        owners = (PACKAGE.search(part.stanzas, starts[row]) for row in rows)
        found.update(decode_value(owner[1]) for owner in owners if owner)
    return tuple(package for other in sorted(found) if (package := universe.candidate(other)))


def names(package: Package, fields: Iterable[str], name: str) -> bool:
    """Return whether one of a package's fields names another."""
    return any(item.name == name for field in fields for clause in package.relations(field) for item in clause)


def shown(package: Package) -> str:
    """Return a package as NAME VERSION (ARCHIVE)."""
    return f"{package.name} {package.version} (archive {package.archive})"


def join_names(names: Iterable[str], shown: int = SHOWN) -> str:
    """Return the first few names, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more
