"""Choosing packages: the closure of what is wanted over the relations that bind packages to others.

The rule, by which the same archives and the same wishes always give the same packages, whatever the order they are
written in:

1. A clause (`a (>= 1) | b`) is satisfied by what is chosen already, be it by name or by Provides; then by a lookaside.
2. A clause that one package alone can satisfy chooses it. All such clauses are followed to their end first.
3. Only then is a choice made, one at a time, after each of which 1 and 2 hold again: first where one name has several
   versions, then where several names would do; Recommends after all else; among equals in the order of the text.
4. The choice is the first alternative, as written, that can be had: the package of that name, in the version apt
   would take (the archive's priority, then the version) or the best that the relation allows, else a provider: Essential
   before others, then Important, native before foreign, by Priority (required first), from the same source as what
   needs it, by name.
5. What cannot be installed because something it needs is nowhere counts as not there when there is another
   alternative. An older version is never taken in its stead.

With `all` every package that satisfies a clause is taken, in its best version. With `same-source` those that are
built from the same source as the one chosen by 4 are taken too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Literal

from composelib.archive.choose.need import (
    FULLTREE,
    BrokenPackages,
    ChoiceFailure,
    Need,
    Reason,
    make_package_key,
    parse_clause,
)
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.world import World, is_provided
from composelib.archive.format import relation
from composelib.archive.format.relation import Relation
from composelib.archive.format.version import satisfies

PRIORITIES = {name: rank for rank, name in enumerate(("required", "important", "standard", "optional", "extra"))}
Excluded = Callable[[Package], bool]


@dataclass(frozen=True)
class Rules:
    """How to choose."""

    alternatives: Literal["first", "all", "same-source"] = "first"
    recommends: bool = False
    follow: bool = True
    """Whether relations are followed at all."""
    excluded: Excluded = field(default=lambda _: False)
    tolerant: bool = False
    """Whether a package that needs what is nowhere is taken all the same, with a warning."""

    @property
    def fields(self) -> tuple[tuple[str, bool], ...]:
        """The fields that are followed, each with whether it may go unsatisfied."""
        if not self.follow:
            return ()
        return (("Pre-Depends", False), ("Depends", False), *((("Recommends", True),) if self.recommends else ()))


class Closure:
    """The chosen packages as they grow, each with its reason, and what could not be had."""

    def __init__(
        self, world: World, rules: Rules, background: Iterable[Package] = (), broken: BrokenPackages | None = None
    ) -> None:
        """Take where to choose from and how; `background` satisfies without being chosen."""
        self.world = world
        self.rules = rules
        self.chosen: dict[Package, Reason] = {}
        self.failures: list[ChoiceFailure] = []
        self.warnings: list[ChoiceFailure] = []
        self.broken: BrokenPackages = broken or {}
        self._fields = rules.fields
        self._background: set[Package] = set()
        self._named: dict[str, list[Package]] = {}
        self._provided: dict[str, list[tuple[Package, str]]] = {}
        self._seen: dict[str, set[Package]] = {}
        self._queue: deque[Package] = deque()
        self._counter = count()
        self._done: set[tuple[str, str]] = set()
        self._pending: list[tuple[bool, bool, str, str, str, str, int, Need]] = []
        for package in background:
            self._background.add(package)
            self._note(package)

    def take(self, package: Package, reason: Reason) -> None:
        """Choose a package, if it is not in yet."""
        if package in self.chosen or package in self._background:
            return
        if package in self.broken:
            self.fail(ChoiceFailure(reason, package=package))
            return
        self.chosen[package] = reason
        self._note(package)
        self._queue.append(package)

    def _note(self, package: Package) -> None:
        self._named.setdefault(package.name, []).append(package)
        provided = package.field("Provides")
        if provided:
            for (item,) in relation.parse(provided):
                self._provided.setdefault(item.name, []).append((package, item.version))

    def fail(self, failure: ChoiceFailure) -> None:
        """Record that something cannot be had.

        It is no fault if it only were to make a source's tree full; with tolerance, only if it was wished for.
        """
        tolerated = failure.reason.relation == FULLTREE or (self.rules.tolerant and failure.reason.package is not None)
        (self.warnings if tolerated else self.failures).append(failure)

    def fresh(self, purpose: str) -> list[Package]:
        """Give, sorted, the chosen packages that were not given yet for this purpose."""
        seen = self._seen.setdefault(purpose, set())
        found = sorted((package for package in self.chosen if package not in seen), key=make_package_key)
        seen.update(found)
        return found

    def settle(self) -> None:
        """Follow all relations to their end, making the choices that are left as the rule says."""
        while True:
            while self._queue:
                self._follow(self._queue.popleft())
            if not self._pending:
                return
            self._decide(heappop(self._pending)[-1])

    def _follow(self, package: Package) -> None:
        arch = self.world.arch_of(package)
        for name, optional in self._fields:
            reason = Reason(None, package, name)
            for text in filter(None, map(str.strip, package.field(name).split(","))):
                if (text, arch) not in self._done:
                    self.want(text, reason, arch, optional=optional)

    def want(self, text: str, reason: Reason, arch: str, *, optional: bool = False) -> None:
        """Need a clause of a binary package's relation. Raise TrustError if it is not one."""
        alternatives = parse_clause(text, reason)
        if alternatives:
            self.need(Need(text, alternatives, reason, arch, optional))

    def need(self, need: Need) -> None:
        """See to it that a clause is satisfied: now, if there is nothing to choose."""
        enough = self.satisfied(need) if self.rules.alternatives == "first" else self.aside(need)
        if enough:
            self._done.add((need.text, need.arch))
        elif (only := self._only(need)) is not None:
            self._settle_with(need, (only,))
        else:
            self._push(need, several=len({package.name for package, _ in self.options(need)}) > 1)

    def _push(self, need: Need, *, several: bool) -> None:
        owner = need.reason.package
        name, of_version = (owner.name, owner.version) if owner else ("", "")
        heappush(
            self._pending,
            (need.optional, several, need.text, need.arch, name, of_version, next(self._counter), need),
        )

    def _only(self, need: Need) -> tuple[Package, Relation] | None:
        """Return the one package that can satisfy a clause, if there is exactly one."""
        found: tuple[Package, Relation] | None = None
        for item in need.alternatives:
            for package in self.all_options(item, need.arch):
                if found and found[0] is not package:
                    return None
                found = (package, item)
        return found if found and found[0] not in self.broken else None

    def _decide(self, need: Need) -> None:
        """Satisfy a clause of which more than one package is capable, or none."""
        if (need.text, need.arch) in self._done:
            return
        match self.rules.alternatives:
            case "first":
                self._settle_with(need, () if self.satisfied(need) else tuple(self.options(need))[:1])
            case "all":
                self._settle_with(need, () if self.aside(need) else tuple(self.options(need)))
            case "same-source":
                self._settle_with(need, () if self.aside(need) else tuple(self._same_source(need)))

    def _settle_with(self, need: Need, options: Sequence[tuple[Package, Relation]]) -> None:
        """Take packages for a clause; without any it must be satisfied already."""
        if not options and not self.satisfied(need):
            if not need.optional:
                self.fail(ChoiceFailure(need.reason, need))
            return
        self._done.add((need.text, need.arch))
        for package, item in options:
            through = item.name if package.name != item.name else ""
            self.take(package, Reason(need.reason.wish, need.reason.package, need.reason.relation, through))

    def _same_source(self, need: Need) -> Iterator[tuple[Package, Relation]]:
        options = list(self.options(need))
        first = self.chosen_for(need) or next((package for package, _ in options), None)
        for package, item in options:
            if first and (package.source, package.source_version) == (first.source, first.source_version):
                yield package, item

    def satisfied(self, need: Need) -> bool:
        """Return whether what is chosen, or a lookaside, satisfies a clause."""
        return self.chosen_for(need) is not None or self.aside(need)

    def chosen_for(self, need: Need) -> Package | None:
        """Return a chosen package that satisfies a clause: for its earliest alternative that has one."""
        serves, arch = self.world.serves, need.arch
        for item in need.alternatives:
            for package in self._named.get(item.name, ()):
                if satisfies(package.version, item.operator, item.version) and serves(package, item, arch):
                    return package
            for package, provided in self._provided.get(item.name, ()):
                if is_provided(provided, item) and serves(package, item, arch):
                    return package
        return None

    def aside(self, need: Need) -> bool:
        """Return whether a lookaside's package satisfies a clause."""
        return self.world.lookaside and any(
            package.lookaside
            for item in need.alternatives
            for found in (self.world.real(item, need.arch), self.world.virtual(item, need.arch))
            for package in found
        )

    def options(self, need: Need) -> Iterator[tuple[Package, Relation]]:
        """Return what can satisfy a clause, best first, of each name the best version, with the alternative it is for."""
        names: set[tuple[str, str]] = set()
        for item in need.alternatives:
            real = self.usable(self.world.real(item, need.arch))
            virtual = self.usable(self.world.virtual(item, need.arch))
            for package in (*real, *(sorted(virtual, key=self._rank(need)) if len(virtual) > 1 else virtual)):
                if (package.name, package.architecture) not in names:
                    names.add((package.name, package.architecture))
                    if package not in self.broken:
                        yield package, item

    def all_options(self, item: Relation, arch: str) -> list[Package]:
        """Return every package, in every version, that can satisfy an alternative, broken or not."""
        return self.usable(self.world.real(item, arch) + self.world.virtual(item, arch))

    def usable(self, packages: Iterable[Package]) -> list[Package]:
        """Leave out what is excluded or not to be copied."""
        excluded = self.rules.excluded
        return [package for package in packages if not package.listing.lookaside and not excluded(package)]

    def _rank(self, need: Need) -> Callable[[Package], tuple[object, ...]]:
        """Return the key by which providers are sorted, as point 4 of the rule says."""
        source = need.reason.package.source if need.reason.package else ""
        native = self.world.native

        def rank(package: Package) -> tuple[object, ...]:
            universe = self.world.universe(self.world.arch_of(package)) or native
            return (
                package.column("Essential") != "yes",
                package.column("Important") != "yes" and package.column("Protected") != "yes",
                universe is not native,
                PRIORITIES.get(package.column("Priority"), len(PRIORITIES)),
                package.source != source,
                package.name,
                universe.versions(package.name).index(package),
            )

        return rank


Extension = Callable[[Closure], None]


def compute_closure(
    world: World,
    rules: Rules,
    start: Extension,
    extensions: Sequence[Extension] = (),
    background: Iterable[Package] = (),
) -> Closure:
    """Choose what `start` asks for and all that it needs; then what each of `extensions` adds, until none adds more.

    What turns out to lack something is left aside and all is chosen anew (point 5 of the rule). The failures of what
    is given are those that nothing could help; what the packages on the way to them lack is in its `broken`.
    """
    background = tuple(background)
    broken: dict[Package, ChoiceFailure] = {}
    while True:
        closure = Closure(world, rules, background, broken)
        start(closure)
        closure.settle()
        size = -1
        while size != len(closure.chosen):
            size = len(closure.chosen)
            for extend in extensions:
                extend(closure)
                closure.settle()
        found = {failure.reason.package: failure for failure in closure.failures if failure.reason.package}
        if found.keys() <= broken.keys():
            return closure
        broken |= {package: failure for package, failure in found.items() if package not in broken}
