"""The recommendations of an image's packages: apt installs them in an image with `recommends`, so they must be chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from composelib.archive.choose.closure import Closure, Extension
from composelib.archive.choose.need import Need, Reason, parse_clause
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.seeds import ResolvedWish

STRONG = ("Pre-Depends", "Depends")
WEAK = "Recommends"


def add_recommends(resolved: Iterable[ResolvedWish]) -> Extension:
    """Return an extension that adds the recommendations of all that would be installed for some wishes."""
    wishes = tuple(resolved)

    def extend(closure: Closure) -> None:
        for package in find_installed(wishes, closure):
            for need in list_needs(package, WEAK, closure):
                closure.add_need(need)

    return extend


def find_installed(resolved: Iterable[ResolvedWish], closure: Closure) -> list[Package]:
    """Return the chosen packages that would be installed for some wishes and what they recommend, in a fixed order."""
    installed = dict.fromkeys(package for item in resolved for package in find_requested(item, closure))
    waiting = list(installed)
    while waiting:
        package = waiting.pop()
        needs = [need for name in (*STRONG, WEAK) for need in list_needs(package, name, closure)]
        chosen = [
            candidate for need in needs if (candidate := closure.find_chosen(need)) and candidate not in installed
        ]
        installed |= dict.fromkeys(chosen)
        waiting += chosen
    return list(installed)


def find_requested(resolved: ResolvedWish, closure: Closure) -> Iterator[Package]:
    """Yield the chosen packages that a wish itself asks for."""
    for group in resolved.groups:
        yield from [package for package in group if package in closure.chosen]
    for need in resolved.needs:
        package = closure.find_chosen(need)
        if package:
            yield package


def list_needs(package: Package, name: str, closure: Closure) -> Iterator[Need]:
    """Yield the clauses of a package's relation. Raise TrustError if it is not valid."""
    reason, arch = Reason(None, package, name), closure.world.arch_of(package)
    for text in package.field(name).split(","):
        alternatives = parse_clause(text, reason)
        if alternatives:
            yield Need(text.strip(), alternatives, reason, arch, optional=name == WEAK)
