"""A variant's packages for an arch: from what its config asks for to the rows of its list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from composelib.archive.choose.closure import Closure, Extension, Rules, compute_closure
from composelib.archive.choose.exclusion import Exclusion
from composelib.archive.choose.failures import describe_failures, describe_warnings
from composelib.archive.choose.fulltree import add_fulltree
from composelib.archive.choose.manifest import DEBUG, INSTALLER, MAIN, Row, sort_rows
from composelib.archive.choose.multiarch import add_multiarch
from composelib.archive.choose.need import FULLTREE, Reason, Wish
from composelib.archive.choose.order import Order
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.packages.world import World
from composelib.archive.choose.recommends import add_recommends
from composelib.archive.choose.seeds import ResolvedWish, SeedError, make_pin_test, plant, start_with, suggest_name
from composelib.archive.choose.selfhosting import add_build_dependencies
from composelib.archive.format.relation import RelationError
from composelib.archive.patterns.matcher import PatternError
from composelib.errors import ComposeError
from composelib.model.origin import Origin, Seed


@dataclass(frozen=True)
class Supply:
    """What there is to choose from; None and empty for what is not asked for."""

    native: Universe
    foreign: tuple[Universe, ...] = ()
    sources: Universe | None = None
    debug: tuple[Universe, ...] = ()
    udebs: Universe | None = None


@dataclass
class Found:
    """A closure, and what to ask about its failures."""

    closure: Closure
    exclusion: Exclusion


class ChoiceError(ComposeError):
    """Something cannot be had; `rows` is what can."""

    def __init__(self, message: str, rows: list[Row]) -> None:
        """Take the lines that tell it."""
        super().__init__(message)
        self.rows = rows


def choose(order: Order, supply: Supply) -> tuple[list[Row], list[str]]:
    """Return the sorted rows of a variant's list, and warnings.

    Raise ChoiceError with a line for each thing that is unknown, cannot be satisfied or is not understood.
    """
    chooser = Chooser(order, supply)
    rows = [*chooser.rows()]
    if chooser.wrong:
        raise ChoiceError(told(chooser.wrong), sort_rows(rows))
    rows += debug_rows(rows, supply.debug)
    rows += installer_rows(supply.udebs, chooser.exclusion(()))
    return sort_rows(rows), chooser.warnings


def told(wrong: Iterable[tuple[Origin, str]]) -> str:
    """Return what is wrong, a line for each in the order of the config."""
    ordered = sorted(set(wrong), key=lambda problem: (problem[0].file, problem[0].line, problem[0].column, problem[1]))
    return "\n".join(f"{origin}: {text}" for origin, text in ordered)


class Chooser:
    """One choosing: finds out what the wishes mean, once, and collects everything that is wrong."""

    def __init__(self, order: Order, supply: Supply) -> None:
        """Take what is asked for and what there is."""
        self.order = order
        self.supply = supply
        self.world = World(supply.native, supply.foreign)
        self.wrong: list[tuple[Origin, str]] = []
        self.warnings: list[str] = []
        self.planted = [*self.plant(order.wishes, order.arch), *self.included()]
        self.pinned = make_pin_test(self.planted)
        self.foreign_exclude = self.understood(order.multiarch.exclude if order.multiarch else (), lambda _: False)
        self.check_names()

    def plant(self, wishes: Iterable[Wish], arch: str) -> Iterator[ResolvedWish]:
        """Return what the wishes come to."""
        for wish in wishes:
            try:
                yield plant(wish, self.world, arch)
            except (SeedError, RelationError, PatternError) as error:
                self.wrong.append((wish.seed.origin, f"{wish.where}: {error}"))

    def included(self) -> Iterator[ResolvedWish]:
        """Return what is to be had of each foreign arch."""
        if self.order.multiarch:
            where = f"variants.{self.order.variant}.multiarch.include"
            wishes = [Wish(seed, where) for seed in self.order.multiarch.include]
            for arch in self.order.multiarch.foreign:
                yield from self.plant(wishes, arch)

    def understood(self, exclude: Iterable[Seed], pinned: Callable[[Package], bool]) -> Exclusion:
        """Return the test for what is excluded, noting what is not understood."""
        found = Exclusion(exclude, self.world, pinned)
        self.wrong += found.wrong
        return found

    def exclusion(self, more: tuple[Seed, ...]) -> Exclusion:
        """Return the test for what the variant, and an addon, exclude."""
        return self.understood((*self.order.exclude, *more), self.pinned)

    def check_names(self) -> None:
        """See whether each name that is excluded is one of a package."""
        lists = [("exclude", self.order.exclude)]
        lists += [(f"addons.{addon.name}.exclude", addon.exclude) for addon in self.order.addons]
        known = (*self.world.universes(self.order.arch), *([self.supply.udebs] if self.supply.udebs else []))
        for key, exclude in lists:
            for seed, name in self.understood(exclude, self.pinned).unknown(known):
                near = suggest_name(name, self.world.native)
                absent = f"{seed.text!r} is not in any archive (arch {self.order.arch}){near}"
                self.wrong.append((seed.origin, f"variants.{self.order.variant}.{key}: {absent}"))

    def rows(self) -> Iterator[Row]:
        """Return the rows of the variant and its addons; what is wrong with them is added to `wrong`."""
        parent = self.found(self.planted, ())
        addons = {
            addon.name: self.found(self.plant(addon.wishes, self.order.arch), addon.exclude, parent.closure.chosen)
            for addon in self.order.addons
        }
        for found in (parent, *addons.values()):
            self.wrong += describe_failures(found.closure, found.exclusion)
            self.warnings += describe_warnings(found.closure, found.exclusion)
        for package, reason in parent.closure.chosen.items():
            yield Row(package, MAIN, reason)
        yield from addon_rows({name: found.closure.chosen for name, found in addons.items()})

    def found(
        self, planted: Iterable[ResolvedWish], exclude: tuple[Seed, ...], background: Iterable[Package] = ()
    ) -> Found:
        """Close over some wishes."""
        exclusion = self.exclusion(exclude)
        order, foreign = self.order, self.foreign_exclude

        def excluded(package: Package) -> bool:
            return exclusion(package) or (self.world.arch_of(package) != order.arch and foreign(package))

        rules = Rules(order.alternatives, order.recommends, order.follow, excluded, order.tolerant)
        return Found(
            compute_closure(self.world, rules, start_with(planted), tuple(self.extensions()), background), exclusion
        )

    def extensions(self) -> Iterator[Extension]:
        """Return what adds to a closure beside relations."""
        planted = [each for each in self.planted if each.wish.recommends]
        if planted and self.order.follow:
            yield add_recommends(planted)
        if self.order.multiarch:
            yield add_multiarch(self.order.multiarch.sets)
        if self.order.fulltree:
            yield add_fulltree
        if self.order.selfhosting and self.supply.sources:
            yield add_build_dependencies(self.supply.sources)


def addon_rows(addons: Mapping[str, Mapping[Package, Reason]]) -> Iterator[Row]:
    """Return the rows of addons, whose packages the parent does not have.

    What more than one addon has, and what is there only to make a source's tree full, goes into the parent.
    """
    done: set[Package] = set()
    for name, chosen in addons.items():
        for package, reason in chosen.items():
            if package not in done:
                shared = sum(package in other for other in addons.values()) > 1
                yield Row(package, MAIN if shared or reason.relation == FULLTREE else name, reason)
                done.add(package)


def debug_rows(rows: Iterable[Row], debug: tuple[Universe, ...]) -> Iterator[Row]:
    """Return the packages of debug symbols that fit the rows, as far as there are any."""
    for universe in debug:
        for row in rows:
            for symbols in universe.versions(f"{row.package.name}-dbgsym"):
                if (symbols.version, symbols.architecture) == (row.package.version, row.package.architecture):
                    yield Row(symbols, DEBUG, Reason(None, row.package, "Debug"))
                    break


def installer_rows(udebs: Universe | None, excluded: Exclusion) -> Iterator[Row]:
    """Return every package that the installer may load, in the version apt would take."""
    for name in udebs.names() if udebs else ():
        package = udebs.candidate(name) if udebs else None
        if package and not excluded(package):
            yield Row(package, INSTALLER, Reason(None, relation="Installer"))
