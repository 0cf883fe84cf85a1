"""What the packages of an image recommend: apt installs it where the image asks for recommends, so it must be there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from composelib.archive.choose.closure import Closure, Extension
from composelib.archive.choose.need import Need, Reason, parse_clause
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.seeds import ResolvedWish

STRONG = ("Pre-Depends", "Depends")
WEAK = "Recommends"


def add_recommends(planted: Iterable[ResolvedWish]) -> Extension:
    """Return what adds the recommendations of all that would be installed for some wishes."""
    planted = tuple(planted)

    def extend(closure: Closure) -> None:
        for package in installed(planted, closure):
            for need in needs(package, WEAK, closure):
                closure.need(need)

    return extend


def installed(planted: Iterable[ResolvedWish], closure: Closure) -> list[Package]:
    """Return the chosen packages that would be installed for some wishes, recommendations among them, in a fixed order."""
    found = dict.fromkeys(package for each in planted for package in asked(each, closure))
    waiting = list(found)
    while waiting:
        package = waiting.pop()
        wanted = [need for name in (*STRONG, WEAK) for need in needs(package, name, closure)]
        chosen = [other for need in wanted if (other := closure.chosen_for(need)) and other not in found]
        found |= dict.fromkeys(chosen)
        waiting += chosen
    return list(found)


def asked(planted: ResolvedWish, closure: Closure) -> Iterator[Package]:
    """Return the chosen packages that a wish itself asks for."""
    for group in planted.groups:
        yield from [package for package in group if package in closure.chosen]
    for need in planted.needs:
        package = closure.chosen_for(need)
        if package:
            yield package


def needs(package: Package, name: str, closure: Closure) -> Iterator[Need]:
    """Return the clauses of a package's relation. Raise TrustError if it is none."""
    reason, arch = Reason(None, package, name), closure.world.arch_of(package)
    for text in package.field(name).split(","):
        alternatives = parse_clause(text, reason)
        if alternatives:
            yield Need(text.strip(), alternatives, reason, arch, optional=name == WEAK)
