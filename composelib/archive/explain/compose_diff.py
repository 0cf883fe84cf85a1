"""The differences between two composes, by source package, by variant and by image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from composelib.archive.explain import manifest_reader
from composelib.archive.explain.manifest_reader import GatheredPackage, GatheredPackages
from composelib.archive.format import version

TargetNames = tuple[str, str]
"""A variant and an arch."""
SOURCE = "source"
How = Literal["added", "removed", "upgraded", "downgraded", "changed"]
Versions = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImageRow:
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
        """What identifies the image in two composes: its variant, arch and name, and what follows the arch in its path."""
        return (self.variant, self.arch, self.name, self.path.rpartition(f"-{self.arch}")[2] or self.path)


@dataclass(frozen=True)
class ComposeContents:
    """What a compose consists of."""

    identity: str
    """Its compose ID; if it has none, its path or name on the command line."""
    packages: Mapping[TargetNames, GatheredPackages]
    images: tuple[ImageRow, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceChange:
    """A source package that has changed.

    Sizes are those of its binary packages; `binaries` are the names of new ones after `+` and of removed ones after `-`.
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
    """A binary package that is in other variants than before."""

    package: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetChange:
    """The number and size of a variant's packages for an arch; 0 in a compose without this variant or arch."""

    variant: str
    arch: str
    old_count: int
    new_count: int
    old_size: int
    new_size: int


@dataclass(frozen=True, slots=True)
class ImageChange:
    """An image that has changed; `old` is None if it is new, `new` is None if it was removed."""

    variant: str
    arch: str
    name: str
    old: ImageRow | None
    new: ImageRow | None

    @property
    def how(self) -> How:
        """What has happened to the image."""
        return "added" if self.old is None else "removed" if self.new is None else "changed"


@dataclass(frozen=True)
class Difference:
    """All differences, sorted."""

    sources: tuple[SourceChange, ...]
    moves: tuple[PackageMove, ...]
    targets: tuple[TargetChange, ...]
    images: tuple[ImageChange, ...]

    def __bool__(self) -> bool:
        """Return whether there is any difference."""
        return bool(self.sources or self.moves or self.targets or self.images)


def read_contents(identity: str, debs: Mapping[str, Any], images: Mapping[str, Any] | None = None) -> ComposeContents:
    """Read debs.json and images.json. Raise KeyError, TypeError or ValueError if they are not valid."""
    packages = {
        (variant, arch): manifest_reader.parse_rows(rows)
        for variant, arches in debs["variants"].items()
        for arch, rows in arches.items()
    }
    image_rows = images["images"] if images else []
    return ComposeContents(
        identity, packages, tuple(ImageRow(**{key: row[key] for key in ImageRow.__slots__}) for row in image_rows)
    )


def compare_composes(old: ComposeContents, new: ComposeContents) -> Difference:
    """Compare two composes."""
    return Difference(
        compare_sources(old, new), find_moves(old, new), compare_targets(old, new), compare_images(old, new)
    )


def compare_sources(old: ComposeContents, new: ComposeContents) -> tuple[SourceChange, ...]:
    """Compare the packages of each source."""
    old_packages, new_packages = group_by_source(old), group_by_source(new)
    changes = (
        compare_source(name, old_packages.get(name, ()), new_packages.get(name, ()))
        for name in sorted({*old_packages, *new_packages})
    )
    return tuple(change for change in changes if change)


def group_by_source(contents: ComposeContents) -> dict[str, GatheredPackages]:
    """Return the packages of each source, each file once even if several variants have it."""
    files: dict[str, dict[tuple[str, str, str], GatheredPackage]] = {}
    for rows in contents.packages.values():
        for row in rows:
            files.setdefault(row.source, {}).setdefault((row.package, row.architecture, row.sha256), row)
    return {source: tuple(rows.values()) for source, rows in files.items()}


def compare_source(source: str, old: GatheredPackages, new: GatheredPackages) -> SourceChange | None:
    """Compare the packages of a source; return None if they are the same files."""
    if {row.sha256 for row in old} == {row.sha256 for row in new}:
        return None
    versions = list_source_versions(old), list_source_versions(new)
    old_binaries, new_binaries = ([row for row in rows if row.architecture != SOURCE] for rows in (old, new))
    old_names, new_names = {row.package for row in old_binaries}, {row.package for row in new_binaries}
    binaries = [f"+{name}" for name in sorted(new_names - old_names)] + [
        f"-{name}" for name in sorted(old_names - new_names)
    ]
    return SourceChange(
        source, classify_change(*versions), *versions, sum_sizes(old_binaries), sum_sizes(new_binaries), tuple(binaries)
    )


def list_source_versions(rows: GatheredPackages) -> Versions:
    """Return the versions of the source, the newest first."""
    return tuple(sorted({row.source_version for row in rows}, key=version.make_version_key, reverse=True))


def classify_change(old: Versions, new: Versions) -> How:
    """Return what has happened to a source, by its newest version."""
    if not old:
        return "added"
    if not new:
        return "removed"
    order = version.compare_versions(new[0], old[0])
    return "upgraded" if order > 0 else "downgraded" if order < 0 else "changed"


def sum_sizes(rows: Iterable[GatheredPackage]) -> int:
    """Return the bytes of all packages together."""
    return sum(row.size for row in rows)


def find_moves(old: ComposeContents, new: ComposeContents) -> tuple[PackageMove, ...]:
    """Return the packages that both composes have, but not in the same variants."""
    old_variants, new_variants = find_variants(old), find_variants(new)
    return tuple(
        PackageMove(name, old_variants[name], new_variants[name])
        for name in sorted({*old_variants} & {*new_variants})
        if old_variants[name] != new_variants[name]
    )


def find_variants(contents: ComposeContents) -> dict[str, tuple[str, ...]]:
    """Return the variants that each binary package is in, sorted."""
    variants: dict[str, set[str]] = {}
    for (variant, arch), rows in contents.packages.items():
        for row in rows if arch != SOURCE else ():
            variants.setdefault(row.package, set()).add(variant)
    return {name: tuple(sorted(names)) for name, names in variants.items()}


def compare_targets(old: ComposeContents, new: ComposeContents) -> tuple[TargetChange, ...]:
    """Compare the packages of each variant and arch."""
    changes = []
    for target in sorted({*old.packages, *new.packages}):
        old_packages, new_packages = old.packages.get(target, ()), new.packages.get(target, ())
        same = {row.sha256 for row in old_packages} == {row.sha256 for row in new_packages}
        if not same or (target in old.packages) != (target in new.packages):
            changes.append(
                TargetChange(
                    *target, len(old_packages), len(new_packages), sum_sizes(old_packages), sum_sizes(new_packages)
                )
            )
    return tuple(changes)


def compare_images(old: ComposeContents, new: ComposeContents) -> tuple[ImageChange, ...]:
    """Compare images by their content."""
    old_images, new_images = ({image.key: image for image in contents.images} for contents in (old, new))
    changes = (
        ImageChange(*key[:3], old_images.get(key), new_images.get(key)) for key in sorted({*old_images, *new_images})
    )
    return tuple(
        change for change in changes if not (change.old and change.new and change.old.sha256 == change.new.sha256)
    )
