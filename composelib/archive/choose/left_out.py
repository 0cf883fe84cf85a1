"""Warnings for entries of the config that do not bring what they name first, each with its line and the cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from composelib.archive.choose.closure import Closure
from composelib.archive.choose.exclusion import Exclusion
from composelib.archive.choose.lookaside import find_in_lookaside
from composelib.archive.choose.need import ChoiceFailure, Need
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.seeds import ResolvedWish

MAX_NAMES = 3


def describe_left_out(resolved: Iterable[ResolvedWish], closure: Closure, exclusion: Exclusion) -> Iterator[str]:
    """Yield a line for each entry that brings nothing, or another package than the one that it names first.

    Entries that fail are left out: their errors say why.
    """
    for item in resolved:
        if item.wish.optional:
            continue
        causes = [(need.text, explain_need(need, closure, exclusion)) for need in item.needs]
        causes.append((item.wish.seed.text, explain_selection(item, closure, exclusion)))
        for text, cause in causes:
            if cause:
                yield f"{item.wish.seed.origin}: {item.wish.key}: {text!r} {cause}"


def explain_need(need: Need, closure: Closure, exclusion: Exclusion) -> str:
    """Return why the first alternative of an entry is not chosen; '' if it is, or if the entry has failed."""
    if closure.has_named(need.alternatives[0], need.arch):
        return ""
    chosen = closure.find_for_seed(need)
    if chosen is None and closure.world.lookaside:
        package = find_in_lookaside(need, closure.world, closure.rules.excluded)
        if package:
            return f"is left to the lookaside {package.archive}, which has {package.name} {package.version}"
    if chosen is None:
        from composelib.archive.choose.failures import (  # noqa: PLC0415 - nearly all entries bring what they name
            find_satisfying,
            is_excluded_entirely,
        )

        is_left_out = is_excluded_entirely(need, closure, exclusion)
        satisfying = (package for item in need.alternatives for package in find_satisfying(item, closure, need.arch))
        return f"is left out: {describe_exclusion(satisfying, exclusion)}" if is_left_out else ""
    first = need._replace(text=str(need.alternatives[0]), alternatives=need.alternatives[:1])
    if closure.find_for_seed(first) and not find_satisfying_by_name(first, closure):
        return ""  # a name that is only provided
    return f"is satisfied by {chosen.name} {chosen.version}: {explain_alternative(first, closure, exclusion)}"


def find_satisfying_by_name(need: Need, closure: Closure) -> list[Package]:
    """Return the packages of the name of a clause's first alternative that satisfy it, excluded or not."""
    return closure.world.find_named(need.alternatives[0], need.arch)


def explain_alternative(need: Need, closure: Closure, exclusion: Exclusion) -> str:
    """Return why the only alternative of a clause is not chosen."""
    if any(package not in closure.broken for package in closure.filter_usable(find_satisfying_by_name(need, closure))):
        return f"that is chosen anyway, and {need.text} is an alternative to it"
    from composelib.archive.choose.failures import FailureExplainer  # noqa: PLC0415 - as above

    chain = FailureExplainer(closure, exclusion).trace(ChoiceFailure(need.reason, need), set())
    return " -> ".join(chain)


def explain_selection(item: ResolvedWish, closure: Closure, exclusion: Exclusion) -> str:
    """Return why no package that a pattern or task selects is chosen; '' if one is, or if it selects none."""
    if any(closure.filter_usable(group) for group in item.groups) or not (item.groups or item.deferred):
        return ""
    if item.deferred:
        lookasides = sorted({package.archive for package in item.deferred})
        names = sorted({package.name for package in item.deferred})
        more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
        return f"is left to the lookaside {', '.join(lookasides)}, which has {', '.join(names[:MAX_NAMES])}{more}"
    packages = (package for group in item.groups for package in group)
    return f"is left out: {describe_exclusion(packages, exclusion)}"


def describe_exclusion(packages: Iterable[Package], exclusion: Exclusion) -> str:
    """Describe which entries exclude some packages."""
    origins = dict.fromkeys(filter(None, map(exclusion.find_origin, packages)))
    return f"all that it asks for is excluded ({', '.join(origins)})"
