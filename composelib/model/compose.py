"""The compose as a value, parsed once; nothing here touches the disk."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from composelib.model.archive import Archive
from composelib.model.deliverable import Deliverable, ImageT_co
from composelib.model.image import Image
from composelib.model.paths import ComposePaths
from composelib.model.release import Release
from composelib.model.selection import Selection
from composelib.model.variant import Variant


@dataclass(frozen=True)
class Compose:
    """All that one config file describes. Paths are relative to the checkout."""

    name: str
    config: Path
    files: tuple[Path, ...]
    """The config file, what it includes, outermost first, and the package lists it imports."""
    release: Release
    type: Literal["production", "nightly", "test", "ci", "development"]
    arches: tuple[str, ...]
    archives: tuple[Archive, ...]
    variants: tuple[Variant, ...]
    label: str = ""
    sign: str | None = None
    """Fingerprint of a key in GNUPGHOME; None for a key of the checkout's own."""
    notify: tuple[str, ...] = ()
    gate: Literal["off", "no-worse"] = "off"
    base_url: str = ""
    build: Path = Path("build")
    """What all composes of the checkout share: the store and a folder for each."""
    offline: bool = False
    locked: bool = False
    selection: Selection | None = None
    """What alone is asked for; None for all."""
    digest: str = ""
    """SHA256 over the bytes of `files`, as they were read."""

    @cached_property
    def paths(self) -> ComposePaths:
        """Where each artifact lies."""
        return ComposePaths(self.name, self.config, self.release, self.build)

    def deliverables(self, kind: builtins.type[ImageT_co]) -> tuple[Deliverable[ImageT_co], ...]:
        """Return the images of a kind, or of several kinds with a common base class, with each arch they are made for."""
        return tuple(
            Deliverable(variant, arch, image)
            for variant in self.variants
            for image in variant.images
            if isinstance(image, kind)
            for arch in image.targets
        )

    def lookasides(self, variant: Variant) -> tuple[Variant, ...]:
        """Return the variants whose packages satisfy a variant's, directly or through another, in the config's order."""
        by_name = {other.name: other for other in self.variants}
        names = list(variant.lookaside)
        for name in names:
            names += [far for far in by_name[name].lookaside if far not in names] if name in by_name else []
        return tuple(other for other in self.variants if other.name in names and other.name != variant.name)

    def package_indices(self, variant: Variant, arch: str) -> tuple[Path, ...]:
        """Return the Packages files that a machine of an arch has from a variant, those of foreign arches included."""
        return tuple(
            self.paths.packages_index(variant.name, name, component)
            for name in dict.fromkeys((arch, *variant.foreign_arches))
            for component in variant.components(name)
        )

    def lookaside_pkgsets(self, arch: str) -> tuple[Path, ...]:
        """Return the stanzas for an arch of the archives whose packages only satisfy dependencies."""
        return tuple(
            self.paths.pkgset(archive, arch) for archive in self.archives if archive.lookaside and archive.has(arch)
        )

    def background_indices(self, variant: Variant, arch: str) -> tuple[Path, ...]:
        """Return what satisfies a variant's dependencies: of the variants it builds on, near and far, and of archives."""
        built_on = (
            path
            for lookaside in self.lookasides(variant)
            if arch in lookaside.arches
            for path in self.package_indices(lookaside, arch)
        )
        return (*built_on, *self.lookaside_pkgsets(arch))

    def image_repositories(self, variant: Variant, arch: str) -> tuple[Variant, ...]:
        """Return the variants whose repositories a variant's images are made of on an arch: it and its lookasides."""
        by_name = {candidate.name: candidate for candidate in self.variants}
        variants = [by_name[name] for name in (variant.name, *variant.lookaside) if name in by_name]
        return tuple(candidate for candidate in variants if arch in candidate.arches)

    @property
    def required_results(self) -> tuple[Path, ...]:
        """Files that exist only once every required task has succeeded; release steps depend on them."""
        images = any(deliverable.image.suffixes for deliverable in self.deliverables(Image))
        closures = tuple(
            self.paths.work("repoclosure", variant.name, f"{arch}.json")
            for variant in self.variants
            if variant.strict != "off"
            for arch in variant.arches
        )
        return (*closures, *((self.paths.checksums,) if images else ()))
