"""Seeds: what an entry of a list of packages asks for, as packages to take and clauses to satisfy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from composelib.archive.choose.closure import Closure
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


@dataclass(frozen=True)
class ResolvedWish:
    """What a wish comes to: packages that a pattern or task selects, by name the best first; and clauses."""

    wish: Wish
    groups: tuple[tuple[Package, ...], ...] = ()
    needs: tuple[Need, ...] = ()


class SeedError(ValueError):
    """A seed asks for what is not there."""


def plant(wish: Wish, world: World, arch: str) -> ResolvedWish:
    """Find what a wish asks for among the packages of `arch`. Raise SeedError, RelationError or PatternError."""
    text = wish.seed.text.strip()
    universe = world.universe(arch)
    if universe is None:
        raise SeedError(f"there is no index for {arch}")
    is_pattern = matcher.is_pattern(text)
    text = matcher.on_arch(text, arch) if is_pattern else text
    if not text:
        return ResolvedWish(wish)
    if text.endswith(TASK):
        found = list(task(text.removesuffix(TASK), universe))
    elif is_pattern:
        found = matcher.select_packages(matcher.parse(text), universe)
    else:
        return ResolvedWish(wish, needs=tuple(needs(wish, text, arch)))
    if not found and not wish.optional:
        raise SeedError(f"{text!r} matches no package in any archive (arch {arch})")
    return ResolvedWish(wish, grouped(found, universe))


def task(name: str, universe: Universe) -> Iterable[Package]:
    """Return the candidates of a task: those whose Task field has it, else what tasksel would install for it."""
    found = list(universe.with_field("Task", name)) or list(universe.versions(f"task-{name}"))
    if not found and name == "standard":
        found = [package for value in STANDARD_TASK for package in universe.with_field("Priority", value)]
    return [package for package in found if universe.candidate(package.name) in {package, None}]


def grouped(packages: Iterable[Package], universe: Universe) -> tuple[tuple[Package, ...], ...]:
    """Put packages of one name together, the best first; what a lookaside has under a name stands for all of that name."""
    found = set(packages)
    names = sorted({package.name for package in found})
    versions = (universe.versions(name) for name in names)
    return tuple(
        tuple(package for package in same if package in found)
        for same in versions
        if not any(package.lookaside for package in same)
    )


def needs(wish: Wish, text: str, arch: str) -> Iterator[Need]:
    """Return the clauses of a relation as far as its restrictions let them count on `arch`. Raise RelationError."""
    for alternatives in relation.parse(text):
        left = drop_restrictions(alternatives, arch)
        if left:
            yield Need(" | ".join(map(str, left)), left, Reason(wish), arch, wish.optional)


def drop_restrictions(alternatives: Alternatives, arch: str) -> tuple[Relation, ...]:
    """Return the alternatives that count on `arch`, without their restrictions; no build profile is active."""
    return tuple(
        replace(item, arches=(), profiles=()) if item.arches or item.profiles else item
        for item in alternatives
        if relation.applies(item, arch)
    )


def start_with(planted: Iterable[ResolvedWish]) -> Callable[[Closure], None]:
    """Return what starts a closure with these, in an order that does not depend on the one they are written in."""
    ordered = sorted(planted, key=order)

    def start(closure: Closure) -> None:
        for item in ordered:
            for group in item.groups:
                for package in closure.usable(group)[:1]:
                    closure.take(package, Reason(item.wish))
            for need in item.needs:
                closure.need(need)

    return start


def order(planted: ResolvedWish) -> tuple[object, ...]:
    """Return the key by which wishes are sorted: optional ones after those that must be had."""
    seed = planted.wish.seed
    return (
        planted.wish.optional,
        seed.text,
        not planted.wish.pinned,
        seed.origin.file,
        seed.origin.line,
        seed.origin.column,
    )


def make_pin_test(planted: Iterable[ResolvedWish]) -> Callable[[Package], bool]:
    """Return the test for packages that stay whatever is excluded: those that pinned wishes name or select."""
    pinned = [item for item in planted if item.wish.pinned]
    names = {item.name for found in pinned for need in found.needs for item in need.alternatives}
    packages = {package for found in pinned for group in found.groups for package in group}
    return lambda package: package.name in names or package in packages


def suggest_name(name: str, universe: Universe) -> str:
    """Return `; did you mean 'NAME'?` for a name that is not there; empty when none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - slow to load, and only for errors

    near = get_close_matches(name, universe.names(), 1, 0.75)
    return f"; did you mean {near[0]!r}?" if near else ""
