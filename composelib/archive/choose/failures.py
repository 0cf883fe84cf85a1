"""Explanations of failed wishes: a line for each, with the chain of packages that leads to the failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from composelib.archive.choose.closure import Closure
from composelib.archive.choose.exclusion import Exclusion
from composelib.archive.choose.need import (
    FULLTREE,
    MULTIARCH,
    SOURCE,
    UNUSABLE,
    ChoiceFailure,
    Need,
    Wish,
    describe_owner,
)
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.seeds import suggest_name
from composelib.archive.choose.unavailable import describe_unavailable
from composelib.archive.format.relation import Relation
from composelib.archive.format.version import satisfies
from composelib.model.origin import Origin

MAX_PACKAGES = 5  # of those that a pattern selects, how many are reported
PREFIXES = {FULLTREE: "fulltree: ", SOURCE: "source ", MULTIARCH: "multiarch: "}


def describe_failures(closure: Closure, exclusion: Exclusion) -> Iterator[tuple[Origin, str]]:
    """Yield the origin and `KEY: what is wrong` for each failure of a wish, but each cause once, with how many more it has.

    Of many causes for one pattern only the first few are reported.
    """
    explainer = FailureExplainer(closure, exclusion)
    failures_by_cause: dict[tuple[str, ...], list[tuple[Wish, ChoiceFailure]]] = {}
    for failure in sorted(closure.failures, key=make_failure_key):
        wish = failure.reason.wish
        if wish and not (failure.need and is_excluded_entirely(failure.need, closure, exclusion)):
            failures_by_cause.setdefault(explainer.find_cause(failure), []).append((wish, failure))
    counts: Counter[Wish] = Counter()
    for (wish, failure), *others in failures_by_cause.values():
        counts[wish] += 1
        if counts[wish] <= MAX_PACKAGES:
            yield wish.seed.origin, f"{wish.key}: {explainer.describe(failure)}{describe_others(wish, others)}"
    for wish, count in counts.items():
        if count > MAX_PACKAGES:
            yield (
                wish.seed.origin,
                f"{wish.key}: {wish.seed.text!r}: {count - MAX_PACKAGES} more problems with its packages",
            )


def describe_others(wish: Wish, others: Sequence[tuple[Wish, ChoiceFailure]]) -> str:
    """Describe what else fails for the same cause: more packages of the wish, and other wishes."""
    same = sum(failed == wish for failed, _ in others)
    origins = [str(origin) for origin in dict.fromkeys(failed.seed.origin for failed, _ in others if failed != wish)]
    more = f" and {len(origins) - MAX_PACKAGES} more" if len(origins) > MAX_PACKAGES else ""
    texts = [f"{same} more of its packages"] * bool(same) + [f"{', '.join(origins[:MAX_PACKAGES])}{more}"] * bool(
        origins
    )
    return f" (likewise {' and '.join(texts)})" if texts else ""


def describe_warnings(closure: Closure, exclusion: Exclusion) -> Iterator[str]:
    """Yield a line for each chosen package that lacks something, and for each imported entry that no archive has."""
    explainer = FailureExplainer(closure, exclusion)
    for failure in closure.warnings:
        wish = failure.reason.wish
        if wish:
            yield f"{wish.seed.origin}: {wish.key}: {explainer.describe(failure)}"
            continue
        chain = " -> ".join(explainer.trace(failure, set()))
        yield f"{describe_owner(failure.reason)}: {failure.reason.relation}: {chain}"


def make_failure_key(failure: ChoiceFailure) -> tuple[str, int, int, str]:
    """Return the key by which failures are sorted: the origin of their wishes."""
    wish = failure.reason.wish
    origin = wish.seed.origin if wish else None
    text = failure.need.text if failure.need else failure.package.name if failure.package else ""
    return (origin.file, origin.line, origin.column, text) if origin else ("", 0, 0, text)


def is_excluded_entirely(need: Need, closure: Closure, exclusion: Exclusion) -> bool:
    """Return whether everything that satisfies a need is excluded: then it is not an error."""
    packages = [package for item in need.alternatives for package in find_satisfying(item, closure, need.arch)]
    return bool(packages) and all(map(exclusion, packages))


def find_satisfying(item: Relation, closure: Closure, arch: str) -> list[Package]:
    """Return all packages that satisfy an alternative, usable or not."""
    return [*closure.world.find_named(item, arch), *closure.world.find_providers(item, arch)]


class FailureExplainer:
    """Describes failures of a closure."""

    def __init__(self, closure: Closure, exclusion: Exclusion) -> None:
        """Take the closure and its exclusions."""
        self.closure = closure
        self.exclusion = exclusion

    def describe(self, failure: ChoiceFailure) -> str:
        """Describe why a wish failed."""
        wish = failure.reason.wish
        text = wish.seed.text if wish else ""
        arch = failure.need.arch if failure.need else self.closure.world.native.arch
        chain = list(self.trace(failure, set()))
        if len(chain) > 1 or failure.need is None:
            lack = f"{' -> '.join(chain)}{self.describe_other_alternatives(failure)}"
            verb = "built from source" if any(step.startswith(PREFIXES[SOURCE]) for step in chain) else "installed"
            return f"{text!r} cannot be {verb} (arch {arch}): {lack}"
        lack = self.describe_lack(failure.need, suggest=True)
        return f"{text!r} {lack}" if lack.startswith("is ") else f"{text!r}: {lack}"

    def describe_other_alternatives(self, failure: ChoiceFailure) -> str:
        """Describe why the alternatives of a seed beside the broken one are no help either; '' if it has none."""
        need = failure.need
        broken = need and self.find_broken_option(need, set())
        if not (need and broken):
            return ""
        others = tuple(
            item for item in need.alternatives if broken not in self.closure.find_all_options(item, need.arch)
        )
        return f"; {self.describe_lack(need._replace(alternatives=others), named=True)}" if others else ""

    def find_cause(self, failure: ChoiceFailure) -> tuple[str, ...]:
        """Return what identifies a failure's cause: the package that lacks something and what; of a seed's own lack the seed."""
        chain = list(self.trace(failure, set()))
        if len(chain) > 1:
            return tuple(chain[-2:])
        wish = failure.reason.wish
        return (*chain, str(wish.seed.origin) if wish else "")

    def trace(self, failure: ChoiceFailure, seen: set[Package]) -> Iterator[str]:
        """Yield the names of the packages that lead from a failure to its cause, and the cause at the end."""
        package = failure.package
        if package is None and failure.need:
            package = self.find_broken_option(failure.need, seen)
        if package is None:
            if failure.need:
                yield f"{failure.need.text}: {self.describe_lack(failure.need)}"
            return
        seen.add(package)
        yield PREFIXES.get(failure.reason.relation, "") + package.name
        if package in self.closure.broken:
            yield from self.trace(self.closure.broken[package], seen)

    def find_broken_option(self, need: Need, seen: set[Package]) -> Package | None:
        """Return a package that would satisfy a clause if it were not broken itself."""
        for item in need.alternatives:
            for package in self.closure.find_all_options(item, need.arch):
                if package in self.closure.broken and package not in seen:
                    return package
        return None

    def describe_lack(self, need: Need, *, suggest: bool = False, named: bool = False) -> str:
        """Describe why nothing satisfies a clause; of several alternatives, or if `named`, each with its name."""
        reasons = []
        for item in need.alternatives:
            reason = self.find_reason(item, need.arch, suggest=suggest and len(need.alternatives) == 1)
            is_clear = reason.startswith(f"{item.name} ") or not (named or len(need.alternatives) > 1)
            reasons.append(
                reason if is_clear else f"{item.name} {reason}" if reason.startswith("is ") else f"{item}: {reason}"
            )
        return "; ".join(dict.fromkeys(reasons)) or "not in any archive"

    def find_reason(self, item: Relation, arch: str, *, suggest: bool) -> str:
        """Return why an alternative cannot be chosen."""
        excluded = [package for package in find_satisfying(item, self.closure, arch) if self.exclusion(package)]
        barred = list(self.find_barred(item, arch))
        if excluded:
            return f"{excluded[0].name} is excluded ({self.exclusion.find_origin(excluded[0])})"
        if barred:
            return barred[0]
        lack = describe_unavailable(item, arch, self.closure.world)
        faults = list(self.find_faults(item, arch))
        if lack or faults:
            return lack or f"{UNUSABLE}: {'; '.join(faults)}"
        if suggest:
            native = self.closure.world.universe(arch) or self.closure.world.native
            return f"is not in any archive (arch {arch}){suggest_name(item.name, native)}"
        return "not in any archive"

    def find_barred(self, item: Relation, arch: str) -> Iterator[str]:
        """Yield which pins below 0 leave out packages of an alternative's name, or that provide it."""
        for universe in self.closure.world.universes(arch):
            for package in universe.find_barred(item.name):
                pin = universe.find_pin(package)
                if package.name != item.name or satisfies(package.version, item.operator, item.version):
                    yield f"{package.name} {package.version} is pinned below 0 ({pin.origin if pin else ''})"

    def find_faults(self, item: Relation, arch: str) -> Iterator[str]:
        """Yield what is wrong with the stanzas of an alternative's name, which therefore count as not there."""
        for universe in self.closure.world.universes(arch):
            yield from universe.find_faults(item.name)
