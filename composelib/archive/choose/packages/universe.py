"""All packages of several archives for one arch, merged by apt's rules: the archive's priority first, then the version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from composelib.archive.choose.packages.index import ALL_COLUMNS, DEB
from composelib.archive.choose.packages.package import ALL, Package, PackageListing
from composelib.archive.format import version
from composelib.errors import TrustError

if TYPE_CHECKING:  # most variants have no pins
    from composelib.model.pin import Pin


class VersionRanking(Protocol):
    """What sets the priorities of packages in the place of their suites: pins."""

    def rank(self, packages: Sequence[Package]) -> Mapping[Package, tuple[int, Pin | None]]:
        """Return the priority of each of the packages of one name, and the pin that sets it."""


class Universe:
    """The packages of some listings; those of kind `udeb` only if that is `kind`, as no relation crosses kinds."""

    def __init__(
        self,
        listings: Sequence[PackageListing],
        arch: str,
        *,
        kind: str = DEB,
        native: bool = True,
        pins: VersionRanking | None = None,
    ) -> None:
        """Take listings for `arch`; unless `native`, leave out `all` packages: dpkg counts them as the native arch's."""
        self.pins = pins
        self._pins: dict[Package, Pin] = {}
        self._barred: dict[str, tuple[Package, ...]] = {}
        self.arch = arch
        self.listings = tuple(listings)
        self.kind = kind
        self.native = native
        self._rows: dict[PackageListing, dict[int, Package | None]] = {listing: {} for listing in self.listings}
        self._versions: dict[str, tuple[Package, ...]] = {}
        self._rivals: dict[Package, Package] = {}
        self._providers: dict[str, tuple[tuple[Package, str], ...]] = {}

    def versions(self, name: str) -> tuple[Package, ...]:
        """Return all packages of a name, best first.

        A version that several archives have for the same arch is listed once, from the archive of highest priority.
        """
        versions = self._versions.get(name)
        if versions is None:
            packages = self.list_all(name)
            if self.pins and packages:
                versions = self._rank_by_pins(name, packages, self.pins)
            else:
                versions = tuple(merge_duplicates(packages, self._rivals)) if len(packages) > 1 else tuple(packages)
            self._versions[name] = versions
        return versions

    def list_all(self, name: str) -> list[Package]:
        """Return every package of a name, with duplicates and what a pin leaves out, in the order of the listings."""
        return [
            package
            for listing in self.listings
            for row in listing.index.rows(name)
            if (package := self._package(listing, row, name))
        ]

    def _rank_by_pins(self, name: str, packages: Sequence[Package], pins: VersionRanking) -> tuple[Package, ...]:
        """Return packages of a name, the best first, and note their pins and those that are pinned below 0."""
        ranks = pins.rank(packages)
        self._pins |= {package: pin for package, (_, pin) in ranks.items() if pin}
        priorities = {package: priority for package, (priority, _) in ranks.items()}
        self._barred[name] = tuple(package for package in packages if priorities[package] < 0)
        allowed = [package for package in packages if priorities[package] >= 0]
        return tuple(merge_duplicates(allowed, self._rivals, priorities))

    def find_pin(self, package: Package) -> Pin | None:
        """Return the pin that sets a package's priority, if one does."""
        self.versions(package.name)
        return self._pins.get(package)

    def find_barred(self, name: str) -> tuple[Package, ...]:
        """Return the packages of a name, and those that provide it, which a pin below 0 leaves out."""
        if self.pins is None:
            return ()
        rows = [(listing, row) for listing in self.listings for row, _ in listing.index.providers(name)]
        names = dict.fromkeys([name, *(listing.index.name(row) for listing, row in rows)])
        for barred_name in names:
            self.versions(barred_name)
        providers = {self._package(listing, row, listing.index.name(row)) for listing, row in rows}
        barred = (package for barred_name in names for package in self._barred.get(barred_name, ()))
        return tuple(package for package in barred if package.name == name or package in providers)

    def _package(self, listing: PackageListing, row: int, name: str) -> Package | None:
        """Return the only Package object of a row; None if it is of another kind or not of this arch."""
        rows = self._rows[listing]
        if row not in rows:
            package = Package(listing, row, name)
            is_visible = package.column("Kind") == self.kind and (self.native or package.architecture != ALL)
            rows[row] = package if is_visible else None
        return rows[row]

    def _select_packages(self, listing: PackageListing, rows: Iterable[int]) -> Iterator[Package]:
        """Yield the packages of rows that `versions` lists."""
        for row in rows:
            package = self._package(listing, row, listing.index.name(row))
            if package and package in self.versions(package.name):
                yield package

    def find_faults(self, name: str) -> Iterator[str]:
        """Yield why packages of a name are not there though an archive has a stanza of them."""
        for listing in self.listings:
            faults = (fault for fault in listing.index.faults if fault.startswith(f"{name} "))
            yield from (f"{fault} (archive {listing.archive})" for fault in faults)

    def check_file(self, package: Package) -> None:
        """Raise TrustError if a package is a different file elsewhere in an archive of the same priority."""
        self.versions(package.name)
        if package in self._rivals:
            refuse_rivals(package, self._rivals[package])

    def candidate(self, name: str) -> Package | None:
        """Return the package that apt would install for a name; archives that are only lookasides do not count."""
        return next((package for package in self.versions(name) if not package.lookaside), None)

    def providers(self, name: str) -> tuple[tuple[Package, str], ...]:
        """Return the packages that provide a name, each with the version it provides it in, or ''."""
        providers = self._providers.get(name)
        if providers is None:
            providers = tuple(
                (package, provided)
                for listing in self.listings
                for row, provided in listing.index.providers(name)
                for package in self._select_packages(listing, (row,))
            )
            self._providers[name] = providers
        return providers

    def has_name(self, name: str) -> bool:
        """Return whether there is a package of a name, or one that provides it."""
        return bool(self.versions(name) or self.providers(name))

    def find_by_field(self, field: str, value: str) -> Iterable[Package]:
        """Yield all packages whose field has this value: from the index if the field is a column of it, else from the stanzas.

        The value of Source is the name of the source; that of Task is a word of the field.
        """
        column = next((name for name in ALL_COLUMNS if name.lower() == field.lower()), "")
        for listing in self.listings:
            if column:
                rows = (
                    listing.index.find_rows_by_word(column, value)
                    if column == "Task"
                    else listing.index.find_rows_by_value(column, value)
                )
                yield from self._select_packages(listing, rows)
            else:
                yield from (
                    package
                    for package in self._select_packages(listing, range(listing.index.count))
                    if package.field(field) == value
                )

    def names(self) -> Sequence[str]:
        """Return every package name, sorted."""
        names = sorted({name for listing in self.listings for name in listing.index.names})
        if self.native and all(
            not listing.index.find_rows_by_value("Kind", kind)
            for listing in self.listings
            for kind in OPPOSITE_KINDS[self.kind]
        ):
            return names
        return [name for name in names if self.versions(name)]

    def packages(self) -> Iterator[Package]:
        """Yield every package, sorted by name; of each name the best comes first."""
        for name in self.names():
            yield from self.versions(name)


OPPOSITE_KINDS = {"deb": ("udeb",), "udeb": ("deb",)}


def merge_duplicates(
    packages: list[Package], rivals: dict[Package, Package], priorities: Mapping[Package, int] | None = None
) -> list[Package]:
    """Sort packages of one name, the best first, and leave out duplicates.

    A lookaside's package stays beside the same package of another archive: the former satisfies relations, the latter is
    copied. `priorities` are those that pins set. Add to `rivals` each package that is left out for another of the same priority, which may be another file: that
    matters only if the package is chosen.
    """
    packages.sort(key=lambda package: version.make_version_key(package.version), reverse=True)
    by_priority = priorities.__getitem__ if priorities is not None else get_own_priority
    packages.sort(key=by_priority, reverse=True)
    best_by_identity: dict[tuple[str, str], Package] = {}
    packages_by_file: dict[tuple[str, str, bool], Package] = {}
    for package in packages:
        identity = (package.version, package.architecture)
        best = best_by_identity.setdefault(identity, package)
        if best is not package and by_priority(best) == by_priority(package) and not is_same_file(best, package):
            rivals.setdefault(best, package)
        packages_by_file.setdefault((*identity, package.lookaside), package)
    return list(packages_by_file.values())


def get_own_priority(package: Package) -> int:
    """Return the priority that a package has without pins."""
    return package.priority


def is_same_file(first: Package, second: Package) -> bool:
    """Return whether two packages have the same files."""
    return first.sha256 == second.sha256 and first.field("Checksums-Sha256") == second.field("Checksums-Sha256")


def refuse_rivals(first: Package, second: Package) -> None:
    """Raise TrustError for two packages of one name, version and arch that are not the same file."""
    is_one_archive = first.archive == second.archive
    scope = f"in archive {first.archive}" if is_one_archive else f"in archives {first.archive} and {second.archive}"
    cure = "split it into two archives, by suite or component, and give" if is_one_archive else "give"
    raise TrustError(
        f"{first.name} {first.version} {first.architecture}: two different files have this name and version {scope}"
        f" (SHA256 {first.sha256[:12]}… and {second.sha256[:12]}…)",
        f"{cure} one of the archives a higher priority, or exclude the package",
    )
