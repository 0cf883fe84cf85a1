"""The closure of seeds over the relations between packages: which packages are chosen.

By this rule the same archives and seeds always give the same packages, in whatever order the seeds are written:

1. A clause (`a (>= 1) | b`) is satisfied by a package that is already chosen, by name or by Provides; else by a lookaside.
   A seed that names a package there is gets that package: one that provides the name does not satisfy it.
2. A clause that only one package can satisfy chooses that package. All such clauses are followed to their end first.
3. Only then is a choice made, one at a time, after each of which 1 and 2 apply again: first where one name has several
   versions, then where several names would do; Recommends come last; ties are decided by the clause's text.
4. The choice is the first alternative, as written, that can be installed: the package of that name, in the version apt
   would take (the archive's priority, then the version) or the best that the relation allows, else a provider:
   Essential before others, then Important, native before foreign, by Priority (required first), from the same source
   as the package that needs it, by name.
5. A package that cannot be installed because something it needs is in no archive is passed over if there is another
   alternative. An older version is never taken instead.

With `all` every package that satisfies a clause is taken, in its best version. With `same-source` those that are
built from the same source as the one chosen by 4 are taken too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import count

from composelib.archive.choose.lookaside import find_in_lookaside
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
from composelib.archive.choose.provider_rank import make_provider_rank
from composelib.archive.choose.rules import Rules
from composelib.archive.format.provides import parse_provided
from composelib.archive.format.relation import Relation
from composelib.archive.format.version import satisfies


class Closure:
    """The chosen packages as they grow, each with its reason, and what could not be installed."""

    def __init__(
        self, world: World, rules: Rules, background: Iterable[Package] = (), broken: BrokenPackages | None = None
    ) -> None:
        """Take the packages to choose from and the rules; `background` satisfies clauses without being chosen."""
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
            self._index(package)

    def take(self, package: Package, reason: Reason) -> None:
        """Choose a package, unless it is chosen already."""
        if package in self.chosen or package in self._background:
            return
        if package in self.broken:
            self.fail(ChoiceFailure(reason, package=package))
            return
        self.chosen[package] = reason
        self._index(package)
        self._queue.append(package)

    def _index(self, package: Package) -> None:
        self._named.setdefault(package.name, []).append(package)
        provided = package.field("Provides")
        if provided:
            for name, version in parse_provided(provided):
                self._provided.setdefault(name, []).append((package, version))

    def fail(self, failure: ChoiceFailure) -> None:
        """Record a failure.

        It is only a warning if the package would merely complete a source's tree, or if the rules are tolerant and no seed of
        the config itself asks for it directly.
        """
        wish, package = failure.reason.wish, failure.reason.package
        tolerant = self.rules.tolerant and (package is not None or (wish is not None and wish.seed.imported))
        tolerated = tolerant or failure.reason.relation == FULLTREE
        (self.warnings if tolerated else self.failures).append(failure)

    def take_fresh(self, purpose: str) -> list[Package]:
        """Return the chosen packages that were not returned for this purpose before, sorted."""
        seen = self._seen.setdefault(purpose, set())
        fresh = sorted((package for package in self.chosen if package not in seen), key=make_package_key)
        seen.update(fresh)
        return fresh

    def settle(self) -> None:
        """Follow all relations to their end, making the remaining choices as the rule says."""
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
                    self.add_clause(text, reason, arch, optional=optional)

    def add_clause(self, text: str, reason: Reason, arch: str, *, optional: bool = False) -> None:
        """Add a clause of a binary package's relation. Raise TrustError if it is not valid."""
        alternatives = parse_clause(text, reason)
        if alternatives:
            self.add_need(Need(text, alternatives, reason, arch, optional))

    def add_need(self, need: Need) -> None:
        """Satisfy a clause at once if there is no choice to make, else later."""
        is_satisfied = (
            self.is_satisfied(need) if self.rules.alternatives == "first" else self.is_satisfied_by_lookaside(need)
        )
        if is_satisfied:
            self._done.add((need.text, need.arch))
        elif (only := self._find_only_option(need)) is not None:
            self._satisfy_with(need, (only,))
        else:
            self._push(need, several=len({package.name for package, _ in self.find_options(need)}) > 1)

    def _push(self, need: Need, *, several: bool) -> None:
        package = need.reason.package
        name, of_version = (package.name, package.version) if package else ("", "")
        heappush(
            self._pending,
            (need.optional, several, need.text, need.arch, name, of_version, next(self._counter), need),
        )

    def _find_only_option(self, need: Need) -> tuple[Package, Relation] | None:
        """Return the package that alone can satisfy a clause; None if there is none or a choice."""
        option: tuple[Package, Relation] | None = None
        for item in need.alternatives:
            for package in self.find_all_options(item, need.arch):
                if option and option[0] is not package:
                    return None
                option = (package, item)
        return option if option and option[0] not in self.broken else None

    def _decide(self, need: Need) -> None:
        """Satisfy a clause that several packages can satisfy, or none."""
        if (need.text, need.arch) in self._done:
            return
        match self.rules.alternatives:
            case "first":
                self._satisfy_with(need, () if self.is_satisfied(need) else tuple(self.find_options(need))[:1])
            case "all":
                self._satisfy_with(need, () if self.is_satisfied_by_lookaside(need) else tuple(self.find_options(need)))
            case "same-source":
                self._satisfy_with(
                    need, () if self.is_satisfied_by_lookaside(need) else tuple(self._find_same_source(need))
                )

    def _satisfy_with(self, need: Need, options: Sequence[tuple[Package, Relation]]) -> None:
        """Take these packages for a clause; if there are none, record a failure unless it is satisfied or optional."""
        if not options and not self.is_satisfied(need):
            if not need.optional:
                self.fail(ChoiceFailure(need.reason, need))
            return
        self._done.add((need.text, need.arch))
        for package, item in options:
            provides = item.name if package.name != item.name else ""
            self.take(package, Reason(need.reason.wish, need.reason.package, need.reason.relation, provides))

    def _find_same_source(self, need: Need) -> Iterator[tuple[Package, Relation]]:
        options = list(self.find_options(need))
        first = self.find_chosen(need) or next((package for package, _ in options), None)
        for package, item in options:
            if first and (package.source, package.source_version) == (first.source, first.source_version):
                yield package, item

    def is_satisfied(self, need: Need) -> bool:
        """Return whether the chosen packages, or a lookaside, satisfy a clause."""
        chosen = self.find_for_seed(need) if need.reason.wish else self.find_chosen(need)
        return chosen is not None or self.is_satisfied_by_lookaside(need)

    def find_for_seed(self, need: Need) -> Package | None:
        """Return a chosen package that satisfies a seed: one of a name that the seed has, where there are any to choose."""
        named = [item for item in need.alternatives if self.filter_usable(self.world.find_named(item, need.arch))]
        for item in need.alternatives:
            if self.has_named(item, need.arch) or item not in named:
                package = self.find_chosen(need._replace(alternatives=(item,)))
                if package:
                    return package
        return None

    def has_named(self, item: Relation, arch: str) -> bool:
        """Return whether a chosen package satisfies an alternative by its own name."""
        return any(
            satisfies(package.version, item.operator, item.version) and self.world.serves(package, item, arch)
            for package in self._named.get(item.name, ())
        )

    def find_chosen(self, need: Need) -> Package | None:
        """Return a chosen package that satisfies a clause: for its earliest alternative that has one."""
        serves, arch = self.world.serves, need.arch
        for item in need.alternatives:
            for package in self._named.get(item.name, ()):
                if satisfies(package.version, item.operator, item.version) and serves(package, item, arch):
                    return package
            for name in self.world.list_provided_names(item, arch):
                for package, provided in self._provided.get(name, ()):
                    if is_provided(provided, item) and (name != item.name or serves(package, item, arch)):
                        return package
        return None

    def is_satisfied_by_lookaside(self, need: Need) -> bool:
        """Return whether a lookaside's package satisfies a clause."""
        return self.world.lookaside and find_in_lookaside(need, self.world, self.rules.excluded) is not None

    def find_options(self, need: Need) -> Iterator[tuple[Package, Relation]]:
        """Yield the packages that can satisfy a clause, best first, each with its alternative; only the best version of a name."""
        names: set[tuple[str, str]] = set()
        for item in need.alternatives:
            real = self.filter_usable(self.world.find_named(item, need.arch))
            if real and need.reason.wish and self.rules.alternatives != "all":
                real, virtual = self.world.keep_first_arch(real), []
            else:
                virtual = self.filter_usable(self.world.find_providers(item, need.arch))
            for package in (
                *real,
                *(sorted(virtual, key=make_provider_rank(need, self.world)) if len(virtual) > 1 else virtual),
            ):
                if (package.name, package.architecture) not in names:
                    names.add((package.name, package.architecture))
                    if package not in self.broken:
                        yield package, item

    def find_all_options(self, item: Relation, arch: str) -> list[Package]:
        """Return every package, in every version, that can satisfy an alternative, broken or not."""
        return self.filter_usable(self.world.find_named(item, arch) + self.world.find_providers(item, arch))

    def filter_usable(self, packages: Iterable[Package]) -> list[Package]:
        """Return the packages that are neither excluded nor in a lookaside."""
        excluded = self.rules.excluded
        return [package for package in packages if not package.listing.lookaside and not excluded(package)]


Extension = Callable[[Closure], None]


def compute_closure(
    world: World,
    rules: Rules,
    start: Extension,
    extensions: Sequence[Extension] = (),
    background: Iterable[Package] = (),
) -> Closure:
    """Choose what `start` asks for and all that it needs; then what each extension adds, until none adds more.

    Packages that turn out to be broken are set aside and everything is chosen again (point 5 of the rule). The result's
    `failures` are those that no other choice could avoid; its `broken` says what each package set aside lacks.
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
        broken_now = {failure.reason.package: failure for failure in closure.failures if failure.reason.package}
        if broken_now.keys() <= broken.keys():
            return closure
        broken |= {package: failure for package, failure in broken_now.items() if package not in broken}
