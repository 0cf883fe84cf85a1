"""Seeds: the packages and clauses that an entry of a list of packages stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from composelib.archive.choose.closure import Closure
from composelib.archive.choose.lookaside import is_preferred_elsewhere
from composelib.archive.choose.need import Need, Reason, Wish
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.packages.world import World
from composelib.archive.format import relation
from composelib.archive.format.relation import Alternatives, Relation
from composelib.archive.patterns import matcher

TASK = "^"
STANDARD_TASK = ("required", "important", "standard")
"""Priorities that tasksel's task `standard` stands for; no package names it in its Task field."""


class ResolvedWish(NamedTuple):
    """What a wish stands for: packages that a pattern or task selects, by name, the best first; and clauses."""

    wish: Wish
    groups: tuple[tuple[Package, ...], ...] = ()
    needs: tuple[Need, ...] = ()
    deferred: tuple[Package, ...] = ()
    """Packages of lookasides, to which names that the pattern selects are left."""


class SeedError(ValueError):
    """A seed asks for what no archive has."""


def resolve_wish(wish: Wish, world: World, arch: str) -> ResolvedWish:
    """Resolve a wish among the packages of `arch`. Raise SeedError, RelationError or PatternError."""
    text = wish.seed.text.strip()
    universe = world.universe(arch)
    if universe is None:
        raise SeedError(f"there is no index for {arch}")
    is_pattern = matcher.is_pattern(text)
    text = matcher.restrict_to_arch(text, arch) if is_pattern else text
    if not text:
        return ResolvedWish(wish)
    if text.endswith(TASK):
        packages = list(find_task_packages(text.removesuffix(TASK), universe))
    elif is_pattern:
        packages = matcher.select_packages(matcher.parse_pattern(text), universe)
    else:
        return ResolvedWish(wish, needs=tuple(list_seed_needs(wish, text, arch)))
    if not packages and is_pattern and world.lookaside and not text.endswith(TASK):
        aside = tuple(matcher.select_in_lookasides(matcher.parse_pattern(text), universe))
        if aside:
            return ResolvedWish(wish, deferred=aside)
    if not packages and not wish.optional:
        pinned = "; what is pinned below 0 does not count" if universe.pins else ""
        raise SeedError(f"{text!r} matches no package in any archive (arch {arch}){pinned}")
    groups, deferred = group_by_name(packages, universe)
    return ResolvedWish(wish, groups, deferred=deferred)


def find_task_packages(name: str, universe: Universe) -> Iterable[Package]:
    """Return the candidates of a task: those whose Task field has it, else what tasksel would install for it."""
    packages = list(universe.find_by_field("Task", name)) or list(universe.versions(f"task-{name}"))
    if not packages and name == "standard":
        packages = [package for value in STANDARD_TASK for package in universe.find_by_field("Priority", value)]
    return [package for package in packages if universe.candidate(package.name) in {package, None}]


def group_by_name(
    packages: Iterable[Package], universe: Universe
) -> tuple[tuple[tuple[Package, ...], ...], tuple[Package, ...]]:
    """Group packages by name, the best first; return the groups, and the lookasides' packages that other names are left to."""
    selected = set(packages)
    groups: list[tuple[Package, ...]] = []
    deferred: list[Package] = []
    for versions in map(universe.versions, sorted({package.name for package in selected})):
        aside = [package for package in versions if package.lookaside]
        if aside and not is_preferred_elsewhere(versions, lambda _: False):
            deferred += aside
        else:
            groups.append(tuple(package for package in versions if package in selected))
    return tuple(groups), tuple(deferred)


def list_seed_needs(wish: Wish, text: str, arch: str) -> Iterator[Need]:
    """Yield the clauses of a relation whose restrictions admit `arch`. Raise RelationError."""
    for alternatives in relation.parse_relations(text):
        active = drop_restrictions(alternatives, arch)
        if active:
            yield Need(" | ".join(map(str, active)), active, Reason(wish), arch, wish.optional)


def drop_restrictions(alternatives: Alternatives, arch: str) -> tuple[Relation, ...]:
    """Return the alternatives that apply on `arch`, without their restrictions; no build profile is active."""
    return tuple(
        item._replace(arches=(), profiles=()) if item.arches or item.profiles else item
        for item in alternatives
        if relation.is_applicable(item, arch)
    )


def start_with(resolved: Iterable[ResolvedWish]) -> Callable[[Closure], None]:
    """Return the start of a closure, which takes the wishes in an order that does not depend on how they are written."""
    ordered = sorted(resolved, key=make_wish_key)

    def start(closure: Closure) -> None:
        for item in ordered:
            for group in item.groups:
                for package in closure.filter_usable(group)[:1]:
                    closure.take(package, Reason(item.wish))
            for need in item.needs:
                closure.add_need(need)

    return start


def make_wish_key(resolved: ResolvedWish) -> tuple[object, ...]:
    """Return the key by which wishes are sorted: optional ones after those that must be satisfied."""
    seed = resolved.wish.seed
    return (
        resolved.wish.optional,
        seed.text,
        not resolved.wish.pinned,
        seed.origin.file,
        seed.origin.line,
        seed.origin.column,
    )


def make_pin_test(resolved: Iterable[ResolvedWish]) -> Callable[[Package], bool]:
    """Return the test for packages that stay even if they are excluded: those that pinned wishes name or select."""
    pinned = [item for item in resolved if item.wish.pinned]
    names = {item.name for wish in pinned for need in wish.needs for item in need.alternatives}
    packages = {package for wish in pinned for group in wish.groups for package in group}
    return lambda package: package.name in names or package in packages


def suggest_name(name: str, universe: Universe) -> str:
    """Return `; did you mean 'NAME'?` for an unknown name; '' if no name is similar."""
    from difflib import get_close_matches  # noqa: PLC0415 - slow to load, and only for errors

    matches = get_close_matches(name, universe.names(), 1, 0.75)
    return f"; did you mean {matches[0]!r}?" if matches else ""
