"""All packages of several archives for one arch, merged by apt's rules: the archive's priority first, then the version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from composelib.archive.choose.packages.index import ALL_COLUMNS, DEB
from composelib.archive.choose.packages.package import ALL, Package, Part
from composelib.archive.format import version
from composelib.errors import TrustError


class Universe:
    """The packages of some parts; those of `kind` udeb are seen only when asked for, as no relation crosses kinds."""

    def __init__(self, parts: Sequence[Part], arch: str, *, kind: str = DEB, native: bool = True) -> None:
        """Take parts, all for `arch`. Not native: `all` packages are left out, being the native arch's (dpkg)."""
        self.arch = arch
        self.parts = tuple(parts)
        self.kind = kind
        self.native = native
        self._rows: dict[Part, dict[int, Package | None]] = {part: {} for part in self.parts}
        self._versions: dict[str, tuple[Package, ...]] = {}
        self._providers: dict[str, tuple[tuple[Package, str], ...]] = {}

    def versions(self, name: str) -> tuple[Package, ...]:
        """Return all packages of a name, best first.

        What is the same (version, arch, SHA256) in several archives is given once, from the best of them.
        Raise TrustError if two of one version and priority differ.
        """
        found = self._versions.get(name)
        if found is None:
            packages = [
                package
                for part in self.parts
                for row in part.index.rows(name)
                if (package := self._package(part, row, name))
            ]
            found = tuple(merged(packages)) if len(packages) > 1 else tuple(packages)
            self._versions[name] = found
        return found

    def _package(self, part: Part, row: int, name: str) -> Package | None:
        """Return the one Package of a row; None if it is of another kind or not of this arch."""
        rows = self._rows[part]
        if row not in rows:
            package = Package(part, row, name)
            seen = package.column("Kind") == self.kind and (self.native or package.architecture != ALL)
            rows[row] = package if seen else None
        return rows[row]

    def _kept(self, part: Part, rows: Iterable[int]) -> Iterator[Package]:
        """Return the packages of rows as far as `versions` gives them."""
        for row in rows:
            package = self._package(part, row, part.index.name(row))
            if package and package in self.versions(package.name):
                yield package

    def candidate(self, name: str) -> Package | None:
        """Return the package that apt would install for a name; archives that are only lookasides do not count."""
        return next((package for package in self.versions(name) if not package.lookaside), None)

    def providers(self, name: str) -> tuple[tuple[Package, str], ...]:
        """Return the packages that provide a name, each with the version it provides it in, or with ''."""
        found = self._providers.get(name)
        if found is None:
            found = tuple(
                (package, provided)
                for part in self.parts
                for row, provided in part.index.providers(name)
                for package in self._kept(part, (row,))
            )
            self._providers[name] = found
        return found

    def with_field(self, field: str, value: str) -> Iterable[Package]:
        """Return all packages whose field has this value: from the index where it has the field, else from the stanzas.

        For Source that is the source's name, for Task a word of the list.
        """
        column = next((known for known in ALL_COLUMNS if known.lower() == field.lower()), "")
        for part in self.parts:
            if column:
                found = part.index.with_word(column, value) if column == "Task" else part.index.having(column, value)
                yield from self._kept(part, found)
            else:
                yield from (
                    package for package in self._kept(part, range(part.index.count)) if package.field(field) == value
                )

    def names(self) -> Sequence[str]:
        """Return every name of a package, sorted."""
        names = sorted({name for part in self.parts for name in part.index.names})
        if self.native and all(
            not part.index.having("Kind", other) for part in self.parts for other in OTHER[self.kind]
        ):
            return names
        return [name for name in names if self.versions(name)]

    def packages(self) -> Iterator[Package]:
        """Return every package, by name, of each name the best first."""
        for name in self.names():
            yield from self.versions(name)


OTHER = {"deb": ("udeb",), "udeb": ("deb",)}


def merged(packages: list[Package]) -> list[Package]:
    """Sort packages of one name, the best first, and leave out what is there already. Raise TrustError.

    A lookaside's package stays beside the same package of another archive: the one satisfies, the other is copied.
    """
    packages.sort(key=lambda package: version.key(package.version), reverse=True)
    packages.sort(key=lambda package: -package.priority)
    first: dict[tuple[str, str], Package] = {}
    kept: dict[tuple[str, str, bool], Package] = {}
    for package in packages:
        same = (package.version, package.architecture)
        best = first.setdefault(same, package)
        if best is not package and best.priority == package.priority:
            check_same(best, package)
        kept.setdefault((*same, package.lookaside), package)
    return list(kept.values())


def check_same(one: Package, other: Package) -> None:
    """Check that two descriptions of one package are of the same file. Raise TrustError."""
    if one.sha256 == other.sha256 and one.field("Checksums-Sha256") == other.field("Checksums-Sha256"):
        return
    where = (
        f"in archives {one.archive} and {other.archive}" if one.part is not other.part else f"in archive {one.archive}"
    )
    raise TrustError(
        f"{one.name} {one.version} {one.architecture}: there are two different files of this name and version {where}"
        f" (SHA256 {one.sha256[:12]}… and {other.sha256[:12]}…)",
        "give one of the archives a higher priority",
    )
