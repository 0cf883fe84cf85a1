"""Choosing a variant's packages for an arch: from its config to the rows of its list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from composelib.archive.choose import empty_choice
from composelib.archive.choose.closure import Closure, Extension, compute_closure
from composelib.archive.choose.exclusion import Exclusion
from composelib.archive.choose.left_out import describe_left_out
from composelib.archive.choose.manifest import DEBUG, INSTALLER, MAIN, ManifestRow, sort_rows
from composelib.archive.choose.need import FULLTREE, UNUSABLE, Reason, Wish
from composelib.archive.choose.order import Order
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.packages.world import World
from composelib.archive.choose.rules import Rules
from composelib.archive.choose.seeds import (
    ResolvedWish,
    SeedError,
    make_pin_test,
    resolve_wish,
    start_with,
    suggest_name,
)
from composelib.archive.format.relation import RelationError
from composelib.archive.patterns import matcher
from composelib.archive.patterns.matcher import PatternError
from composelib.errors import ComposeError
from composelib.model.origin import Origin, Seed


class Supply(NamedTuple):
    """The universes to choose from; None or empty for what the variant does not use."""

    native: Universe
    foreign: tuple[Universe, ...] = ()
    sources: Universe | None = None
    debug: tuple[Universe, ...] = ()
    udebs: Universe | None = None


class ClosureOutcome(NamedTuple):
    """A closure, what it is of, and the exclusions that explain its failures."""

    resolved: Sequence[ResolvedWish]
    closure: Closure
    exclusion: Exclusion


class ChoiceError(ComposeError):
    """Some packages cannot be chosen; `rows` has those that can."""

    def __init__(self, message: str, rows: list[ManifestRow]) -> None:
        """Take the message, a line for each problem, and the rows."""
        super().__init__(message)
        self.rows = rows

    @property
    def is_of_trust(self) -> bool:
        """Whether an archive has a package that is asked for in a stanza that cannot be used."""
        return UNUSABLE in self.message


def choose_packages(order: Order, supply: Supply) -> tuple[list[ManifestRow], list[str]]:
    """Return the sorted rows of a variant's list, and warnings.

    Raise ChoiceError with a line for everything that is unknown, cannot be satisfied or cannot be parsed; TrustError for
    a chosen package that is two different files.
    """
    chooser = Chooser(order, supply)
    rows = [*chooser.make_rows()]
    if not (chooser.problems or order.may_be_empty or any(map(is_listed, rows))):
        chooser.problems.append(chooser.explain_nothing())
    chooser.warnings += empty_choice.list_empty_addons(order, [row.component for row in rows])
    chooser.warnings += chooser.list_odd_fields()
    if chooser.problems:
        raise ChoiceError(format_problems(chooser.problems), sort_rows(rows))
    for row in rows:
        universe = chooser.world.universe(chooser.world.arch_of(row.package))
        if universe:
            universe.check_file(row.package)
    if supply.native.pins:
        rows = [row._replace(pin=chooser.world.find_pin(row.package)) for row in rows]
        chooser.warnings += describe_idle_pins(order, chooser.list_universes())
    rows += make_debug_rows(rows, supply.debug)
    rows += make_installer_rows(supply.udebs, chooser.make_variant_exclusion(()))
    return sort_rows(rows), chooser.warnings


def is_listed(row: ManifestRow) -> bool:
    """Return whether an entry of the config is why a package is chosen."""
    return row.reason.wish is None or not row.reason.wish.seed.implied


def describe_idle_pins(order: Order, universes: Iterable[Universe]) -> Iterator[str]:
    """Yield a warning for each word of a pin that names no package."""
    from composelib.archive.choose.pins import Pins  # noqa: PLC0415 - most variants have no pins

    pins = Pins(order.pins, order.arch)
    for pin, word in pins.find_idle(listing for universe in universes for listing in universe.listings):
        yield f"{pin.origin}: variants.{order.variant}.pin: {word!r} matches no package in any archive"


def format_problems(problems: Iterable[tuple[Origin, str]]) -> str:
    """Return a line for each problem, in the order of the config."""
    ordered = sorted(set(problems), key=lambda item: (item[0].file, item[0].line, item[0].column, item[1]))
    return "\n".join(f"{origin}: {text}" for origin, text in ordered)


class Chooser:
    """Chooses the packages of one variant and arch; resolves its wishes once and collects all problems."""

    def __init__(self, order: Order, supply: Supply) -> None:
        """Take the order and the packages to choose from; resolve the wishes."""
        self.order = order
        self.supply = supply
        self.world = World(supply.native, supply.foreign)
        self.problems: list[tuple[Origin, str]] = []
        self.warnings: list[str] = []
        self.resolved = [*self.resolve_wishes(order.wishes, order.arch), *self.resolve_foreign()]
        self.pinned = make_pin_test(self.resolved)
        self.foreign_exclusion = self.make_foreign_exclusion()
        self.check_names()

    def resolve_wishes(self, wishes: Iterable[Wish], arch: str) -> Iterator[ResolvedWish]:
        """Yield the packages and clauses that wishes stand for, collecting errors."""
        for wish in wishes:
            try:
                yield resolve_wish(wish, self.world, arch)
            except SeedError as error:
                if self.order.tolerant and wish.seed.imported:
                    self.warnings.append(f"{wish.seed.origin}: {wish.key}: {error}")
                else:
                    self.problems.append((wish.seed.origin, f"{wish.key}: {error}"))
            except (RelationError, PatternError) as error:
                self.problems.append((wish.seed.origin, f"{wish.key}: {error}"))

    def resolve_foreign(self) -> Iterator[ResolvedWish]:
        """Yield what `multiarch.include` stands for on each foreign arch."""
        if self.order.multiarch:
            key = f"variants.{self.order.variant}.multiarch.include"
            wishes = [Wish(seed, key) for seed in self.order.multiarch.include]
            for arch in self.order.multiarch.foreign:
                yield from self.resolve_wishes(wishes, arch)

    def make_exclusion(self, exclude: Iterable[Seed], pinned: Callable[[Package], bool]) -> Exclusion:
        """Return the exclusion for these entries, collecting those that cannot be parsed."""
        exclusion = Exclusion(exclude, self.world, pinned, self.foreign_exclusion)
        self.problems += exclusion.problems
        return exclusion

    def make_foreign_exclusion(self) -> Exclusion | None:
        """Return the exclusion for packages of foreign arches alone, collecting entries that cannot be parsed."""
        if not (self.order.multiarch and self.order.multiarch.exclude):
            return None
        exclusion = Exclusion(self.order.multiarch.exclude, self.world)
        self.problems += exclusion.problems
        return exclusion

    def make_variant_exclusion(self, addon_exclude: tuple[Seed, ...]) -> Exclusion:
        """Return the exclusion for the entries of the variant and of an addon."""
        return self.make_exclusion((*self.order.exclude, *addon_exclude), self.pinned)

    def check_names(self) -> None:
        """Add a problem for each name in a list of exclusions that no archive has."""
        universes = self.list_universes()
        self.check_names_of("exclude", self.make_variant_exclusion(()), universes)
        for addon in self.order.addons:
            exclusion = self.make_exclusion(addon.exclude, self.pinned)
            self.check_names_of(f"addons.{addon.name}.exclude", exclusion, universes)
        if self.foreign_exclusion:
            self.check_names_of("multiarch.exclude", self.foreign_exclusion, tuple(self.world.foreign.values()))

    def check_names_of(self, key: str, exclusion: Exclusion, universes: tuple[Universe, ...]) -> None:
        """Add a problem for each name in one list of exclusions that none of these universes has."""
        arches = ", ".join(dict.fromkeys(universe.arch for universe in universes))
        for seed, name in exclusion.find_unknown(universes):
            suggestion = suggest_name(name, self.world.native)
            absent = f"{seed.text!r} is not in any archive (arch {arches}){suggestion}"
            self.problems.append((seed.origin, f"variants.{self.order.variant}.{key}: {absent}"))

    def list_universes(self) -> tuple[Universe, ...]:
        """Return everything that may be excluded."""
        return (*self.world.universes(self.order.arch), *([self.supply.udebs] if self.supply.udebs else []))

    def list_odd_fields(self) -> list[str]:
        """Return a warning for each odd field that a pattern has looked at: nobody asks for the package."""
        faults = [fault for universe in self.list_universes() for fault in matcher.list_faults(universe)]
        return [f"{fault}; patterns pass over what is odd" for fault in sorted(set(faults))]

    def explain_nothing(self) -> tuple[Origin, str]:
        """Return the origin and the reason why no package is chosen."""
        exclusion = self.make_variant_exclusion(())
        return empty_choice.explain_empty_choice(self.order, self.resolved, exclusion, self.world)

    def make_rows(self) -> Iterator[ManifestRow]:
        """Yield the rows of the variant and its addons, collecting problems and warnings."""
        parent = self.close_over(self.resolved, ())
        addons = {
            addon.name: self.close_over(
                tuple(self.resolve_wishes(addon.wishes, self.order.arch)), addon.exclude, parent.closure.chosen
            )
            for addon in self.order.addons
        }
        for outcome in (parent, *addons.values()):
            self.explain_failures(outcome)
            self.warnings += describe_left_out(outcome.resolved, outcome.closure, outcome.exclusion)
            self.warnings += empty_choice.list_idle_patterns(self.order, outcome.exclusion, self.list_universes())
        for package, reason in parent.closure.chosen.items():
            yield ManifestRow(package, MAIN, reason)
        yield from make_addon_rows({name: outcome.closure.chosen for name, outcome in addons.items()})

    def explain_failures(self, outcome: ClosureOutcome) -> None:
        """Collect a problem or a warning for each failure of a closure."""
        if not (outcome.closure.failures or outcome.closure.warnings):
            return
        from composelib.archive.choose.failures import (  # noqa: PLC0415 - most closures have none
            describe_failures,
            describe_warnings,
        )

        self.problems += describe_failures(outcome.closure, outcome.exclusion)
        self.warnings += describe_warnings(outcome.closure, outcome.exclusion)

    def close_over(
        self, resolved: Sequence[ResolvedWish], exclude: tuple[Seed, ...], background: Iterable[Package] = ()
    ) -> ClosureOutcome:
        """Compute the closure of some wishes; `background` satisfies relations without being chosen."""
        exclusion = self.make_variant_exclusion(exclude)
        order = self.order
        following = [item for item in resolved if self.follows_recommends(item.wish)]
        follows_all = order.recommends and len(following) == len(resolved)
        rules = Rules(order.alternatives, follows_all, order.follow, exclusion, order.tolerant)
        extensions = tuple(self.list_extensions(() if follows_all else following))
        return ClosureOutcome(
            resolved,
            compute_closure(self.world, rules, start_with(resolved), extensions, background),
            exclusion,
        )

    def follows_recommends(self, wish: Wish) -> bool:
        """Return whether the Recommends of what a wish brings are followed: as its list says, else as the variant does."""
        by_list = wish.seed.recommends
        return wish.recommends or (self.order.recommends if by_list is None else by_list)

    def list_extensions(self, with_recommends: Sequence[ResolvedWish]) -> Iterator[Extension]:
        """Yield the extensions that the config asks for: they add packages that no relation names."""
        if with_recommends and self.order.follow:
            from composelib.archive.choose.recommends import add_recommends  # noqa: PLC0415 - few variants ask for it

            yield add_recommends(with_recommends)
        if self.order.multiarch:
            from composelib.archive.choose.multiarch import add_multiarch  # noqa: PLC0415 - as above

            yield add_multiarch(self.order.multiarch.sets)
        if self.order.fulltree:
            from composelib.archive.choose.fulltree import add_fulltree  # noqa: PLC0415 - as above

            yield add_fulltree
        if self.order.selfhosting and self.supply.sources:
            from composelib.archive.choose.selfhosting import add_build_dependencies  # noqa: PLC0415 - as above

            yield add_build_dependencies(self.supply.sources)


def make_addon_rows(addons: Mapping[str, Mapping[Package, Reason]]) -> Iterator[ManifestRow]:
    """Yield the rows of the packages that addons add to their variant.

    A package of several addons goes into the component `main`, and so does one that merely completes a source's tree.
    """
    added: set[Package] = set()
    for name, chosen in addons.items():
        for package, reason in chosen.items():
            if package not in added:
                shared = sum(package in packages for packages in addons.values()) > 1
                yield ManifestRow(package, MAIN if shared or reason.relation == FULLTREE else name, reason)
                added.add(package)


def make_debug_rows(rows: Iterable[ManifestRow], debug: tuple[Universe, ...]) -> Iterator[ManifestRow]:
    """Yield the rows of the -dbgsym packages that belong to these rows, as far as there are any."""
    for universe in debug:
        for row in rows:
            for symbols in universe.versions(f"{row.package.name}-dbgsym"):
                if (symbols.version, symbols.architecture) == (row.package.version, row.package.architecture):
                    universe.check_file(symbols)
                    yield ManifestRow(symbols, DEBUG, Reason(None, row.package, "Debug"))
                    break


def make_installer_rows(udebs: Universe | None, excluded: Exclusion) -> Iterator[ManifestRow]:
    """Yield the row of every package that the installer may load, in the version apt would take."""
    for name in udebs.names() if udebs else ():
        package = udebs.candidate(name) if udebs else None
        if udebs and package and not excluded(package):
            udebs.check_file(package)
            yield ManifestRow(package, INSTALLER, Reason(None, relation="Installer"))
