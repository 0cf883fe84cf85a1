"""Variants: parts of the release, each with a repository of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from composelib.model.arch import SOURCE
from composelib.model.image import ExtraFile, Image
from composelib.model.origin import Origin, Seed

INSTALLER = "main/debian-installer"  # the part of a repository that is for the installer: its udebs
OPTIONAL = "optional"  # the component of what is at hand in the repository and on no medium unless the image says so


@dataclass(frozen=True)
class Multiarch:
    """Foreign-arch packages in a variant: those of `sets` (runtime, devel) plus `include` less `exclude`."""

    foreign: tuple[str, ...]
    sets: tuple[str, ...] = ("runtime",)
    include: tuple[Seed, ...] = ()
    exclude: tuple[Seed, ...] = ()


@dataclass(frozen=True)
class Addon:
    """A component of its variant's repository, chosen on top of the variant."""

    name: str
    packages: tuple[Seed, ...]
    exclude: tuple[Seed, ...] = ()


@dataclass(frozen=True)
class Variant:
    """A part of the release with a repository of its own; `extends` and groups are already worked in."""

    name: str
    origin: Origin
    arches: tuple[str, ...]
    packages: tuple[Seed, ...] = ()
    exclude: tuple[Seed, ...] = ()
    pinned: tuple[Seed, ...] = ()
    recommends: bool = False
    method: Literal["deps", "nodeps"] = "deps"
    alternatives: Literal["first", "all", "same-source"] = "first"
    fulltree: bool = False
    selfhosting: bool = False
    multiarch: Multiarch | None = None
    lookaside: tuple[str, ...] = ()
    sources: bool = False
    debug: bool = False
    strict: Literal["off", "lenient", "fatal"] = "fatal"
    extra_files: tuple[ExtraFile, ...] = ()
    addons: tuple[Addon, ...] = ()
    """Its addons; the last may be one named `optional`: what the key of that name asks for."""
    images: tuple[Image, ...] = ()

    def entries(self, *, foreign: bool = False) -> tuple[Seed, ...]:
        """Give every entry that asks for packages: its own, its addons' and its images'; or those for foreign arches."""
        if foreign:
            return self.multiarch.include if self.multiarch else ()
        addons = (seed for addon in self.addons for seed in addon.packages)
        return (*self.packages, *self.pinned, *addons, *(seed for image in self.images for seed in image.packages))

    @property
    def foreign_arches(self) -> tuple[str, ...]:
        """The arches of its foreign packages."""
        return self.multiarch.foreign if self.multiarch else ()

    @property
    def index_arches(self) -> tuple[str, ...]:
        """The arches that its repository has indices of: its own, foreign ones, and `source` when it has sources."""
        binary = tuple(dict.fromkeys((*self.arches, *self.foreign_arches)))
        return (*binary, SOURCE) if self.sources else binary

    def components(self, arch: str) -> tuple[str, ...]:
        """The components that its repository has for an arch: main, one for each addon, `optional` and `debug`."""
        names = ("main", *(addon.name for addon in self.addons))
        return (*names, "debug") if self.debug and arch != SOURCE else names

    def delivered(self, arch: str, *, optional: bool = False) -> tuple[str, ...]:
        """Give the components that images are made from: not `debug`, and `optional` where it is asked for."""
        left = {"debug"} if optional else {"debug", OPTIONAL}
        return tuple(name for name in self.components(arch) if name not in left)

    def indexed(self, arch: str) -> tuple[str, ...]:
        """What has an index of its own for an arch: the components, and the installer's packages if there are any."""
        udebs = any(image.installer and arch in image.arches for image in self.images)
        return (*self.components(arch), INSTALLER) if udebs else self.components(arch)
