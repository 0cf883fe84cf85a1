"""Why a package is not in a variant: every reason that can be found, in sentences."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from composelib.archive.choose.exclusion import Exclusion
from composelib.archive.choose.lookaside import is_preferred_elsewhere
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.explain.manifest_reader import GatheredPackage, GatheredPackages
from composelib.archive.format import relation
from composelib.archive.format.stanza import decode_value
from composelib.archive.patterns import matcher
from composelib.model.origin import Seed

PACKAGE = re.compile(rb"^Package:[ \t]*(\S+)", re.MULTILINE | re.IGNORECASE)
STRONG = ("Depends", "Pre-Depends")
WEAK = ("Recommends", "Suggests")
MAX_NAMES = 5


@dataclass(frozen=True)
class MissingContext:
    """The variant and arch in which a package is missing: the packages to choose from, and those that are chosen."""

    universe: Universe
    exclusion: Exclusion
    seeds: tuple[Seed, ...]
    rows: GatheredPackages
    aside: tuple[tuple[str, GatheredPackages], ...] = ()
    """The variants that it builds on, each with its packages."""


def explain_absence(name: str, context: MissingContext) -> Iterator[str]:
    """Yield why no package of this name was chosen, the plainest reason first; at least one sentence."""
    versions = context.universe.versions(name)
    yield from explain_pins(name, context.universe)
    if not versions and context.universe.list_all(name):
        return
    if not versions:
        yield from explain_unknown_name(name, context)
        return
    aside = list(explain_lookasides(versions, context))
    if aside:
        yield from aside
        return
    excluded = [(package, seed) for package in versions if (seed := context.exclusion.find_entry(package))]
    sentences = [f"excluded by {seed.text!r} ({seed.origin}): {format_package(package)}" for package, seed in excluded]
    sentences += list(explain_entries(name, context))
    yield from sentences
    if not sentences:
        yield f"{join_names(format_package(package) for package in versions)}: available, but nothing asks for it"
    yield from explain_dependents(name, context)


def explain_pins(name: str, universe: Universe) -> Iterator[str]:
    """Yield which packages of a name a pin below 0 leaves out."""
    for package in universe.find_barred(name):
        pin = universe.find_pin(package)
        if package.name == name and pin:
            yield f"pinned to {pin.priority}, so never taken ({pin.origin}): {format_package(package)}"


def is_unknown(name: str, universe: Universe) -> bool:
    """Return whether nothing in the archives has or provides a name."""
    return not (universe.versions(name) or universe.list_all(name) or universe.providers(name))


def explain_unknown_name(name: str, context: MissingContext) -> Iterator[str]:
    """Yield what there is instead of a package of a name that no archive has."""
    providers = [package.name for package, _ in context.universe.providers(name)]
    if providers:
        chosen = {row.package for row in context.rows}
        having = [provider for provider in dict.fromkeys(providers) if provider in chosen]
        yield f"it is virtual; these provide it: {join_names(dict.fromkeys(providers))}"
        yield f"of these are chosen: {join_names(having)}" if having else "none of these is chosen"
        return
    similar = difflib.get_close_matches(name, context.universe.names(), MAX_NAMES, 0.75)
    yield f"no archive has it for {context.universe.arch}" + (
        f"; did you mean {' or '.join(similar)}?" if similar else ""
    )


def explain_lookasides(versions: Iterable[Package], context: MissingContext) -> Iterator[str]:
    """Yield which lookasides, from which nothing is copied, have it."""
    versions = tuple(versions)
    for variant, rows in context.aside:
        if any(row.package == versions[0].name for row in rows):
            yield f"it is in {variant}, whose packages are not repeated in variants that build on it"
    variants = {variant for variant, _ in context.aside}
    aside = [package for package in versions if package.lookaside and package.archive not in variants]
    others = [package for package in versions if not package.lookaside]
    if aside:
        only = "" if others else "only "
        yield f"{only}lookaside archives have it, and nothing is copied from them: {join_names(map(format_package, aside))}"
    if aside and is_preferred_elsewhere(versions, context.exclusion):
        yield f"an entry {versions[0].name!r} would bring {format_package(others[0])}"


def explain_entries(name: str, context: MissingContext) -> Iterator[str]:
    """Yield which entries of the config name it without choosing it."""
    for seed in context.seeds:
        if matcher.is_pattern(seed.text):
            continue
        relations = [item for clause in relation.parse_relations(seed.text) for item in clause if item.name == name]
        if relations and not any(relation.is_applicable(item, context.universe.arch) for item in relations):
            yield f"{seed.origin}: {seed.text!r} asks for it, but not on {context.universe.arch}"
        elif relations:
            satisfying = find_satisfying_row(relation.parse_relations(seed.text), context)
            if satisfying:
                yield f"{seed.origin}: {seed.text!r} is satisfied by {satisfying.package} {satisfying.version}"


def find_satisfying_row(clauses: Iterable[relation.Alternatives], context: MissingContext) -> GatheredPackage | None:
    """Return the first chosen package that satisfies an alternative of some clauses, by name or by Provides."""
    rows = {row.package: row for row in context.rows}
    for item in (item for clause in clauses for item in clause):
        names = [item.name, *(package.name for package, _ in context.universe.providers(item.name))]
        row = next((rows[name] for name in names if name in rows), None)
        if row:
            return row
    return None


def explain_dependents(name: str, context: MissingContext) -> Iterator[str]:
    """Yield what would bring it: packages that depend on it, and chosen ones that only recommend or suggest it."""
    chosen = {row.package for row in context.rows}
    needing = find_mentions(name, context.universe)
    weak = [package.name for package in needing if package.name in chosen and has_relation_to(package, WEAK, name)]
    strong = [package.name for package in needing if has_relation_to(package, STRONG, name)]
    satisfied = [package for package in strong if package in chosen]
    absent = [package for package in strong if package not in chosen]
    if weak:
        yield f"only recommended or suggested by chosen packages: {join_names(weak)}"
    if satisfied:
        yield f"accepted as an alternative by chosen packages: {join_names(satisfied)}"
    if absent:
        yield f"would come with {join_names(absent)}, which depend{'s' if len(absent) == 1 else ''} on it"


@lru_cache(2)
def find_mentions(name: str, universe: Universe) -> tuple[Package, ...]:
    """Return the candidates in whose stanzas a name occurs, in any field, sorted by name."""
    word = re.compile(rb"(?<![a-z0-9+.-])" + re.escape(name.encode()) + rb"(?![a-z0-9+.-])")
    names: set[str] = set()
    for listing in universe.listings:
        starts, _ = listing.index.spans
        rows = {bisect_right(starts, match.start()) - 1 for match in word.finditer(listing.stanzas)}
        owners = (PACKAGE.search(listing.stanzas, starts[row]) for row in rows)
        names.update(decode_value(owner[1]) for owner in owners if owner)
    return tuple(package for mentioning in sorted(names) if (package := universe.candidate(mentioning)))


def has_relation_to(package: Package, fields: Iterable[str], name: str) -> bool:
    """Return whether one of these fields of a package names another package."""
    return any(item.name == name for field in fields for clause in package.sound_relations(field) for item in clause)


def format_package(package: Package) -> str:
    """Return NAME VERSION (archive ARCHIVE)."""
    return f"{package.name} {package.version} (archive {package.archive})"


def join_names(names: Iterable[str], limit: int = MAX_NAMES) -> str:
    """Return the first few names, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
