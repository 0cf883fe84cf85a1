"""Explanations of what comes to nothing: a variant without a package, a pattern that matches none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from composelib.archive.choose.exclusion import Exclusion
from composelib.archive.choose.order import Order
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.packages.world import World
from composelib.archive.choose.seeds import ResolvedWish
from composelib.model.origin import Origin


def explain_empty_choice(
    order: Order, resolved: Iterable[ResolvedWish], exclusion: Exclusion, world: World
) -> tuple[Origin, str]:
    """Return the origin and the reason of a choice without a package."""
    named = [wish for wish in resolved if not (wish.wish.optional or wish.wish.seed.implied)]
    packages = [package for wish in named for package in list_packages(wish, world)]
    excluding = dict.fromkeys(filter(None, map(exclusion.find_origin, packages)))
    if excluding:
        cause = f"all that it asks for is excluded ({', '.join(excluding)})"
    elif packages:
        lookasides = dict.fromkeys(package.archive for package in packages if package.lookaside)
        cause = f"{' and '.join(lookasides)}, of which nothing is copied, has all that it asks for"
    else:
        cause = "it asks for none"
    origin = named[0].wish.seed.origin if named else order.origin
    cure = "'empty: true' lets it be so"
    return origin, f"variants.{order.variant}: no package is chosen for {order.arch}: {cause}; {cure}"


def list_empty_addons(order: Order, components: Iterable[str]) -> Iterator[str]:
    """Yield a warning for each addon whose component is empty; `components` are those that have packages."""
    filled = set(components)
    for addon in order.addons:
        if addon.wishes and addon.name not in filled:
            wish = addon.wishes[0]
            cause = "what it asks for is in the variant's component main, or excluded"
            yield f"{wish.seed.origin}: {wish.key}: nothing is chosen for it on {order.arch}: {cause}"


def list_packages(resolved: ResolvedWish, world: World) -> Iterator[Package]:
    """Yield all packages that a wish may stand for."""
    yield from resolved.deferred
    for group in resolved.groups:
        yield from group
    for need in resolved.needs:
        for item in need.alternatives:
            yield from (*world.find_named(item, need.arch), *world.find_providers(item, need.arch))


def list_idle_patterns(order: Order, exclusion: Exclusion, universes: tuple[Universe, ...]) -> Iterator[str]:
    """Yield a warning for each pattern of exclusions that matches no package."""
    for seed in exclusion.find_idle(universes):
        yield f"{seed.origin}: variants.{order.variant}: exclude: {seed.text!r} matches no package (arch {order.arch})"
