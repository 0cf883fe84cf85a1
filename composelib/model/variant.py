"""Variants: parts of the release, each with a repository of its own."""

from __future__ import annotations

from typing import ClassVar, Literal

from composelib.dataclass import dataclass
from composelib.model.arch import SOURCE
from composelib.model.extra_file import FILES, ExtraFile
from composelib.model.image import IsoImage
from composelib.model.image_traits import Image, RootedImage
from composelib.model.keys.common import ARCHES, EXCLUDED_PACKAGES, PACKAGE_NAME, PACKAGES, VARIANT_NAME
from composelib.model.keys.declaration import ConfigKey, key
from composelib.model.keys.value_types import Choice, Flag, ListOf, MapOf, RecordOf, Text
from composelib.model.origin import Origin, Seed
from composelib.model.pin import Pin

INSTALLER = "main/debian-installer"  # the component, below `main`, that holds the installer's udebs
OPTIONAL = "optional"  # the component of packages that are on no medium unless the image says so


VariantIndex = Literal["contents", "translations", "appstream", "commands", "diffs"]
INDICES: tuple[VariantIndex, ...] = ("contents", "translations", "appstream", "commands", "diffs")


@dataclass(frozen=True)
class Multiarch:
    """Packages of foreign arches in a variant."""

    foreign: tuple[str, ...] = key("The foreign arches.", ARCHES, required=True)
    sets: tuple[str, ...] = key(
        "Which packages: `runtime` for libraries, `devel` for their -dev packages.",
        ListOf(Choice(("runtime", "devel")), "sets"),
        default=("runtime",),
    )
    include: tuple[Seed, ...] = key("Further packages.", PACKAGES)
    exclude: tuple[Seed, ...] = key("Packages to leave out.", EXCLUDED_PACKAGES)


@dataclass(frozen=True)
class Addon:
    """A component of its variant's repository, chosen on top of the variant."""

    name: str
    packages: tuple[Seed, ...] = key("The packages it has, besides all that they need.", PACKAGES, required=True)
    exclude: tuple[Seed, ...] = key("Packages that are never in it.", EXCLUDED_PACKAGES)


@dataclass(frozen=True)
class Variant:
    """A part of the release with a repository of its own."""

    extends: ClassVar[ConfigKey] = ConfigKey("Start from this variant's keys.", VARIANT_NAME)

    name: str
    origin: Origin
    arches: tuple[str, ...] = key("Its arches; all of the compose's by default.", ARCHES)
    packages: tuple[Seed, ...] = key(
        "The packages it has, besides all that they need.", PACKAGES, default=(), appended=True
    )
    exclude: tuple[Seed, ...] = key(
        "Packages that are never in it: names, globs, `name:arch`, patterns.",
        EXCLUDED_PACKAGES,
        default=(),
        appended=True,
    )
    pinned: tuple[Seed, ...] = key(
        "Packages that are in it whatever `exclude` says.", PACKAGES, default=(), appended=True
    )
    recommends: bool = key("Follow Recommends too.", Flag(), default=False)
    method: Literal["deps", "nodeps"] = key(
        "`nodeps`: the named packages and nothing more.", Choice(("deps", "nodeps")), default="deps"
    )
    alternatives: Literal["first", "all", "same-source"] = key(
        "Which alternatives of a dependency are taken.", Choice(("first", "all", "same-source")), default="first"
    )
    fulltree: bool = key("Take every binary package of each source package that has one in it.", Flag(), default=False)
    selfhosting: bool = key("Take what its source packages need to be built, too.", Flag(), default=False)
    multiarch: Multiarch | None = key("Packages of foreign arches.", RecordOf(Multiarch))
    lookaside: tuple[str, ...] = key(
        "Variants it builds on: what they have is not repeated.", ListOf(VARIANT_NAME, "variants")
    )
    empty: bool = key("Let nothing be chosen for it; else that is an error.", Flag(), default=False)
    sources: bool = key("Take its source packages, too.", Flag(), default=False)
    missing_sources: tuple[str, ...] = key(
        "Source packages, `NAME` or `NAME (= VERSION)`, that no archive has any more: left out, which debs.json says.",
        ListOf(Text("the name of a source package", rf"{PACKAGE_NAME}(?: \(= \S+\))?"), "source packages"),
        default=(),
        appended=True,
        only_with=("sources",),
    )
    debug: bool = key("Take -dbgsym packages, too.", Flag(), default=False)
    pin: tuple[Pin, ...] = key(
        "Which versions are preferred, as apt's preferences say it; the first that matches counts.",
        ListOf(RecordOf(Pin), "pins"),
    )
    indices: tuple[VariantIndex, ...] = key(
        "What its repository has beside Packages: `contents`, which package has which file, for apt-file; "
        "`translations`, the packages' descriptions; `appstream`, what software centres show of them, with icons; "
        "`commands`, which package has which command, for command-not-found; "
        "`diffs`, patches from the indices of published composes.",
        ListOf(Choice(INDICES), "indices", may_be_empty=True),
        default=("contents", "translations"),
    )
    compress: tuple[str, ...] = key(
        "What its indices are compressed with, beside gzip and xz: `zstd`.", ListOf(Choice(("zstd",)), "compressions")
    )
    languages: tuple[str, ...] = key(
        "The languages of `translations`, by apt's names: `en`, `de`, `pt_BR`.",
        ListOf(Text("a language such as en or pt_BR", r"[a-z]{2,3}(?:_[A-Z]{2})?(?:@[a-z]+)?"), "languages"),
        default=("en",),
    )
    strict: Literal["off", "lenient", "fatal"] = key(
        "What a package that cannot be installed causes: nothing, a warning, a failure.",
        Choice(("off", "lenient", "fatal")),
        default="fatal",
    )
    together: Literal["off", "lenient", "fatal"] = key(
        "What it causes that packages which `packages` and `pinned` name cannot be installed together.",
        Choice(("off", "lenient", "fatal")),
        default="lenient",
    )
    extra_files: tuple[ExtraFile, ...] = key("Files put into its tree.", FILES, stage="extra_files")
    optional: ClassVar[ConfigKey] = ConfigKey(
        "Packages in the component `optional`, which is on no medium by default.", PACKAGES, default=(), appended=True
    )
    addons: tuple[Addon, ...] = key("Components beside `main`.", MapOf(RecordOf(Addon), "addon"), default={})
    """Its addons; the last may be named `optional` and have the packages of the key `optional`."""
    images: tuple[Image, ...] = key("What is made of it, by name.", MapOf(RecordOf(Image), "image"), default={})

    def entries(self, *, foreign: bool = False) -> tuple[Seed, ...]:
        """Return the entries that name packages: its own, its addons' and its images'; or those of foreign arches."""
        if foreign:
            return self.multiarch.include if self.multiarch else ()
        addons = (seed for addon in self.addons for seed in addon.packages)
        rooted = (image for image in self.images if isinstance(image, RootedImage))
        return (*self.packages, *self.pinned, *addons, *(seed for image in rooted for seed in image.packages))

    def installers(self, arch: str) -> tuple[IsoImage, ...]:
        """Return its ISO images for an arch that have debian-installer."""
        isos = (image for image in self.images if isinstance(image, IsoImage))
        return tuple(image for image in isos if image.installer and arch in image.arches)

    @property
    def gathered_arches(self) -> tuple[str, ...]:
        """The arches that packages are chosen for, foreign ones along with them: its own, and `source` if it has sources."""
        return (*self.arches, SOURCE) if self.sources else self.arches

    @property
    def foreign_arches(self) -> tuple[str, ...]:
        """The arches of its foreign packages."""
        return self.multiarch.foreign if self.multiarch else ()

    @property
    def index_arches(self) -> tuple[str, ...]:
        """The arches that its repository has indices of: its own, foreign ones, and `source` when it has sources."""
        binary = tuple(dict.fromkeys((*self.arches, *self.foreign_arches)))
        return (*binary, SOURCE) if self.sources else binary

    @property
    def translations(self) -> tuple[str, ...]:
        """The languages that its repository has descriptions in."""
        return self.languages if "translations" in self.indices else ()

    def holders(self, arch: str) -> tuple[str, ...]:
        """Return the arches whose gathered lists can hold packages of an arch: itself, or those it is foreign to."""
        return self.arches if arch in self.foreign_arches else (arch,)

    def indexes_all(self, arch: str) -> bool:
        """Return whether the indices of an arch have packages of architecture `all`: not if it is only a foreign one."""
        return arch in (*self.arches, SOURCE)

    def components(self, arch: str) -> tuple[str, ...]:
        """Return the components that its repository has for an arch: main, its addons, `optional` and `debug`."""
        names = ("main", *(addon.name for addon in self.addons))
        return (*names, "debug") if self.debug and arch != SOURCE else names

    def image_components(self, arch: str, *, optional: bool = False) -> tuple[str, ...]:
        """Return the components that images are made from: not `debug`, and `optional` only on request."""
        excluded = {"debug"} if optional else {"debug", OPTIONAL}
        return tuple(name for name in self.components(arch) if name not in excluded)

    def index_names(self, arch: str) -> tuple[str, ...]:
        """Return the names that have an index of their own for an arch: components, and the installer's udebs if any."""
        return (*self.components(arch), INSTALLER) if self.installers(arch) else self.components(arch)
