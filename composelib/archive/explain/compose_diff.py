"""What is different between two composes, by source package, by variant and by image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from composelib.archive.explain import manifest_reader
from composelib.archive.explain.manifest_reader import GatheredPackages, Row
from composelib.archive.format import version

Place = tuple[str, str]
"""A variant and an arch."""
SOURCE = "source"
How = Literal["added", "removed", "upgraded", "downgraded", "changed"]
Versions = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """A row of images.json."""

    variant: str
    arch: str
    name: str
    kind: str
    path: str
    size: int
    sha256: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it the same image in two composes: its place and name, and what follows the arch in its path."""
        return (self.variant, self.arch, self.name, self.path.rpartition(f"-{self.arch}")[2] or self.path)


@dataclass(frozen=True)
class Contents:
    """What a compose consists of."""

    identity: str
    """Its compose ID, or what else it is called by."""
    packages: Mapping[Place, GatheredPackages]
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceChange:
    """A source package that is not as it was.

    Sizes are those of its binary packages; `binaries` are names with `+` or `-` before them, new and gone ones.
    """

    source: str
    how: How
    old: Versions
    new: Versions
    old_size: int
    new_size: int
    binaries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PackageMove:
    """A binary package that is in other variants than it was."""

    package: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetChange:
    """What a variant has for an arch, in packages and bytes; no packages where there is no such variant or arch."""

    variant: str
    arch: str
    old_count: int
    new_count: int
    old_size: int
    new_size: int


@dataclass(frozen=True, slots=True)
class ImageChange:
    """An image that is not as it was; None where there is none."""

    variant: str
    arch: str
    name: str
    old: Image | None
    new: Image | None

    @property
    def how(self) -> How:
        """Describe in a word what became of it."""
        return "added" if self.old is None else "removed" if self.new is None else "changed"


@dataclass(frozen=True)
class Difference:
    """All that is different; sorted."""

    sources: tuple[SourceChange, ...]
    moves: tuple[PackageMove, ...]
    places: tuple[TargetChange, ...]
    images: tuple[ImageChange, ...]

    def __bool__(self) -> bool:
        """Return whether anything is different."""
        return bool(self.sources or self.moves or self.places or self.images)


def contents(identity: str, debs: Mapping[str, Any], images: Mapping[str, Any] | None = None) -> Contents:
    """Read debs.json and images.json. Raise KeyError, TypeError or ValueError if they are not these."""
    packages = {
        (variant, arch): manifest_reader.rows(found)
        for variant, arches in debs["variants"].items()
        for arch, found in arches.items()
    }
    rows = images["images"] if images else []
    return Contents(identity, packages, tuple(Image(**{key: row[key] for key in Image.__slots__}) for row in rows))


def compare(old: Contents, new: Contents) -> Difference:
    """Compare two composes."""
    return Difference(source_changes(old, new), moves(old, new), place_changes(old, new), image_changes(old, new))


def source_changes(old: Contents, new: Contents) -> tuple[SourceChange, ...]:
    """Compare by source package."""
    before, after = by_source(old), by_source(new)
    found = (source_change(name, before.get(name, ()), after.get(name, ())) for name in sorted({*before, *after}))
    return tuple(change for change in found if change)


def by_source(found: Contents) -> dict[str, GatheredPackages]:
    """Return the packages of each source, each file once however many variants have it."""
    files: dict[str, dict[tuple[str, str, str], Row]] = {}
    for rows in found.packages.values():
        for row in rows:
            files.setdefault(row.source, {}).setdefault((row.package, row.architecture, row.sha256), row)
    return {source: tuple(rows.values()) for source, rows in files.items()}


def source_change(source: str, old: GatheredPackages, new: GatheredPackages) -> SourceChange | None:
    """Compare the packages of a source; None if they are the same files."""
    if {row.sha256 for row in old} == {row.sha256 for row in new}:
        return None
    versions = source_versions(old), source_versions(new)
    was, now = ([row for row in rows if row.architecture != SOURCE] for rows in (old, new))
    before, after = {row.package for row in was}, {row.package for row in now}
    binaries = [f"+{name}" for name in sorted(after - before)] + [f"-{name}" for name in sorted(before - after)]
    return SourceChange(source, how(*versions), *versions, size_of(was), size_of(now), tuple(binaries))


def source_versions(rows: GatheredPackages) -> Versions:
    """Return the versions of the source, the newest first."""
    return tuple(sorted({row.source_version for row in rows}, key=version.key, reverse=True))


def how(old: Versions, new: Versions) -> How:
    """Describe in a word what became of a source: its newest version counts."""
    if not old:
        return "added"
    if not new:
        return "removed"
    order = version.compare_versions(new[0], old[0])
    return "upgraded" if order > 0 else "downgraded" if order < 0 else "changed"


def size_of(rows: Iterable[Row]) -> int:
    """Return the bytes of all packages together."""
    return sum(row.size for row in rows)


def moves(old: Contents, new: Contents) -> tuple[PackageMove, ...]:
    """Return the packages that both composes have, but not in the same variants."""
    before, after = homes(old), homes(new)
    return tuple(
        PackageMove(name, before[name], after[name])
        for name in sorted({*before} & {*after})
        if before[name] != after[name]
    )


def homes(found: Contents) -> dict[str, tuple[str, ...]]:
    """Return the variants that each binary package is in, sorted."""
    variants: dict[str, set[str]] = {}
    for (variant, arch), rows in found.packages.items():
        for row in rows if arch != SOURCE else ():
            variants.setdefault(row.package, set()).add(variant)
    return {name: tuple(sorted(names)) for name, names in variants.items()}


def place_changes(old: Contents, new: Contents) -> tuple[TargetChange, ...]:
    """Compare what each variant has for each arch."""
    found = []
    for place in sorted({*old.packages, *new.packages}):
        before, after = old.packages.get(place, ()), new.packages.get(place, ())
        same = {row.sha256 for row in before} == {row.sha256 for row in after}
        if not same or (place in old.packages) != (place in new.packages):
            found.append(TargetChange(*place, len(before), len(after), size_of(before), size_of(after)))
    return tuple(found)


def image_changes(old: Contents, new: Contents) -> tuple[ImageChange, ...]:
    """Compare images by their content."""
    before, after = ({image.key: image for image in found.images} for found in (old, new))
    found = (ImageChange(*key[:3], before.get(key), after.get(key)) for key in sorted({*before, *after}))
    return tuple(
        change for change in found if not (change.old and change.new and change.old.sha256 == change.new.sha256)
    )
