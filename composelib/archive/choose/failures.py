"""Why something could not be had, in the words the user reads: one line for each wish, with the chain that leads there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from composelib.archive.choose.closure import Closure
from composelib.archive.choose.exclusion import Exclusion
from composelib.archive.choose.need import FULLTREE, MULTIARCH, SOURCE, ChoiceFailure, Need, Wish, describe_owner
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.seeds import suggest_name
from composelib.archive.format.relation import Relation
from composelib.model.origin import Origin

TOLD = 5  # packages that a pattern selects
WORDS = {FULLTREE: "fulltree: ", SOURCE: "source ", MULTIARCH: "multiarch: "}


def describe_failures(closure: Closure, exclusion: Exclusion) -> Iterator[tuple[Origin, str]]:
    """Return for each wish that could not be had its place and `KEY: what is wrong`; of what it selects the first few."""
    told: Counter[Wish] = Counter()
    for failure in sorted(closure.failures, key=place):
        wish = failure.reason.wish
        if wish and not (failure.need and unwanted(failure.need, closure, exclusion)):
            told[wish] += 1
            if told[wish] <= TOLD:
                yield wish.seed.origin, f"{wish.where}: {Explanation(closure, exclusion).of(failure)}"
    for wish, count in told.items():
        if count > TOLD:
            yield wish.seed.origin, f"{wish.where}: {wish.seed.text!r}: the same of {count - TOLD} more packages"


def describe_warnings(closure: Closure, exclusion: Exclusion) -> Iterator[str]:
    """Return a line for each chosen package that lacks something."""
    explanation = Explanation(closure, exclusion)
    for failure in closure.warnings:
        chain = " -> ".join(explanation.chain(failure, set()))
        yield f"{describe_owner(failure.reason)}: {failure.reason.relation}: {chain}"


def place(failure: ChoiceFailure) -> tuple[str, int, int, str]:
    """Return the key by which failures are sorted: where they are written."""
    wish = failure.reason.wish
    origin = wish.seed.origin if wish else None
    text = failure.need.text if failure.need else failure.package.name if failure.package else ""
    return (origin.file, origin.line, origin.column, text) if origin else ("", 0, 0, text)


def unwanted(need: Need, closure: Closure, exclusion: Exclusion) -> bool:
    """Return whether a wish asks for nothing but what is excluded: then it is no fault."""
    found = [package for item in need.alternatives for package in everything(item, closure, need.arch)]
    return bool(found) and all(map(exclusion, found))


def everything(item: Relation, closure: Closure, arch: str) -> list[Package]:
    """Return all packages that satisfy an alternative, be they usable or not."""
    return [*closure.world.real(item, arch), *closure.world.virtual(item, arch)]


class Explanation:
    """Tells of failures of a closure."""

    def __init__(self, closure: Closure, exclusion: Exclusion) -> None:
        """Take the closure that has them."""
        self.closure = closure
        self.exclusion = exclusion

    def of(self, failure: ChoiceFailure) -> str:
        """Describe what is wrong with a wish."""
        wish = failure.reason.wish
        text = wish.seed.text if wish else ""
        arch = failure.need.arch if failure.need else self.closure.world.native.arch
        chain = list(self.chain(failure, set()))
        if len(chain) > 1 or failure.need is None:
            return f"{text!r} cannot be had (arch {arch}): {' -> '.join(chain)}"
        lack = self.lack(failure.need, suggest=True)
        return f"{text!r} {lack}" if lack.startswith("is ") else f"{text!r}: {lack}"

    def chain(self, failure: ChoiceFailure, seen: set[Package]) -> Iterator[str]:
        """Return the names that lead from a failure to what is missing, and last what that is."""
        package = failure.package
        if package is None and failure.need:
            package = self.broken_option(failure.need, seen)
        if package is None:
            if failure.need:
                yield f"{failure.need.text}: {self.lack(failure.need)}"
            return
        seen.add(package)
        yield WORDS.get(failure.reason.relation, "") + package.name
        if package in self.closure.broken:
            yield from self.chain(self.closure.broken[package], seen)

    def broken_option(self, need: Need, seen: set[Package]) -> Package | None:
        """Return what would satisfy a clause if it did not lack something itself."""
        for item in need.alternatives:
            for package in self.closure.all_options(item, need.arch):
                if package in self.closure.broken and package not in seen:
                    return package
        return None

    def lack(self, need: Need, *, suggest: bool = False) -> str:
        """Describe why nothing satisfies a clause."""
        reasons = list(dict.fromkeys(self.reasons(need, suggest=suggest)))
        return "; ".join(reasons) or "not in any archive"

    def reasons(self, need: Need, *, suggest: bool) -> Iterable[str]:
        """Describe of each alternative why it is not to be had."""
        for item in need.alternatives:
            excluded = [package for package in everything(item, self.closure, need.arch) if self.exclusion(package)]
            own, foreign, provided = self.there(item, need.arch)
            if excluded:
                yield f"{excluded[0].name} is excluded ({self.exclusion.origin(excluded[0])})"
            elif own and item.operator:
                yield f"no archive has such a version (arch {need.arch}); there are {', '.join(own)}"
            elif own or foreign:
                yield f"no package of that name can be used from {need.arch}"
            elif provided:
                yield f"no archive has such a version (arch {need.arch}); provided are {', '.join(provided)}"
            elif suggest:
                native = self.closure.world.universe(need.arch) or self.closure.world.native
                yield f"is not in any archive (arch {need.arch}){suggest_name(item.name, native)}"
            else:
                yield "not in any archive"

    def there(self, item: Relation, arch: str) -> tuple[list[str], list[str], list[str]]:
        """Return what has an alternative's name: the versions for `arch`, those for others, and who provides which."""
        universes = self.closure.world.universes(arch)
        versions = [
            [package.version for package in universe.versions(item.name) if not package.lookaside]
            for universe in universes
        ]
        provided = [
            f"{package.name} {version or 'without a version'}"
            for universe in universes
            for package, version in universe.providers(item.name)
        ]
        return versions[0], [version for found in versions[1:] for version in found], provided
