"""The compose as a value, parsed once; nothing here touches the disk."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Literal

from composelib.part import Part
from composelib.places import SOURCE, Places
from composelib.value import dataclass

INSTALLER = "main/debian-installer"  # the part of a repository that is for the installer: its udebs
OPTIONAL = "optional"  # the component of what is at hand in the repository and on no medium unless the image says so


@dataclass(frozen=True)
class Origin:
    """A place in a config file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """Give FILE:LINE:COLUMN, as compilers do."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Seed:
    """An entry of a list of packages, as written: a relation, an apt-pattern, a task; groups are already expanded."""

    text: str
    origin: Origin


@dataclass(frozen=True)
class Base:
    """The product that a layered product builds on."""

    short: str
    version: str


@dataclass(frozen=True)
class Release:
    """What is released."""

    name: str
    short: str
    version: str
    codename: str
    base: Base | None = None


@dataclass(frozen=True)
class BuildSource:
    """A source package that this compose builds: exactly one of dsc, directory and git is set."""

    origin: Origin
    dsc: str = ""
    directory: Path | None = None
    git: str = ""
    ref: str = ""
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Archive:
    """A place packages come from: an apt archive (uri), a folder of .debs (debs), or packages built here (build)."""

    name: str
    origin: Origin
    uri: str = ""
    """`host`, http(s)://…, file:/…; empty for `debs` and `build`."""
    suites: tuple[str, ...] = ()
    """Suites; one that ends in `/` is the directory of a flat repository."""
    components: tuple[str, ...] = ()
    signed_by: Path | None = None
    trusted: bool = False
    allow_expired: bool = False
    snapshot: str = ""
    lookaside: bool = False
    priority: int | None = None
    """None for what the Release file of each suite asks for."""
    debug: Archive | None = None
    """Where the -dbgsym packages are; its name is `NAME-debug`."""
    debs: Path | None = None
    build: tuple[BuildSource, ...] = ()
    arches: tuple[str, ...] = ()
    """Those that it has packages for; empty for all."""

    def has(self, arch: str) -> bool:
        """Tell whether it is read for an arch, or for what else there is a pkgset of: `source`, `amd64-udeb`."""
        return not self.arches or arch == SOURCE or arch.removesuffix("-udeb") in self.arches


@dataclass(frozen=True)
class Multiarch:
    """Foreign-arch packages in a variant: those of `sets` (runtime, devel) plus `include` less `exclude`."""

    foreign: tuple[str, ...]
    sets: tuple[str, ...] = ("runtime",)
    include: tuple[Seed, ...] = ()
    exclude: tuple[Seed, ...] = ()


@dataclass(frozen=True)
class ExtraFile:
    """Something put into a tree or medium at `to`: exactly one of file, git, url and deb is set."""

    origin: Origin
    to: str = "/"
    file: Path | None = None
    git: str = ""
    ref: str = ""
    path: str = ""
    url: str = ""
    sha256: str = ""
    deb: str = ""


@dataclass(frozen=True)
class User:
    """A user of an image; `password` is a crypt(5) hash."""

    name: str
    password: str = ""
    groups: tuple[str, ...] = ()
    ssh_keys: tuple[str, ...] = ()
    shell: str = "/bin/bash"


@dataclass(frozen=True)
class Customize:
    """What every builder can be asked to set in an image."""

    hostname: str = ""
    locale: str = ""
    timezone: str = ""
    users: tuple[User, ...] = ()
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    kernel_append: str = ""


ImageKind = Literal["iso", "live", "disk", "ostree", "container", "ostree-installer", "netboot", "root"]


@dataclass(frozen=True)
class Image:
    """A deliverable that is not a repository."""

    name: str
    kind: ImageKind
    origin: Origin
    arches: tuple[str, ...]
    """The arches it is made for, a part of its variant's."""
    failable: tuple[str, ...] = ()
    """The arches on which it may fail."""
    packages: tuple[Seed, ...] = ()
    exclude: tuple[Seed, ...] = ()
    recommends: bool = False
    max_size: int = 0
    """Bytes; 0 for no limit."""
    scripts: tuple[Path, ...] = ()
    files: tuple[ExtraFile, ...] = ()
    customize: Customize = field(default_factory=Customize)
    boot: str = ""
    """A line to wait for when the image is booted as a test; empty for no boot (`true` waits for `login:`)."""
    installer: bool = False
    split: bool = False
    jigdo: bool = False
    extra_variants: tuple[str, ...] = ()
    source: bool = False
    """An iso of source packages."""
    optional: bool = False
    """Whether the component `optional` is on it."""
    preseed: Path | None = None
    volume_id: str = ""
    builder: str = "native"
    formats: tuple[str, ...] = ()
    size: int = 0
    """Bytes of a disk."""
    cloud_init: bool = False
    ref: str = ""
    origin_image: str = ""
    """`from`: the image of the same variant that this one is made of."""
    bootc: bool = False
    push: str = ""
    deltas: bool = True

    @property
    def made_for(self) -> tuple[str, ...]:
        """The arches it is a deliverable of: an iso of source packages is made once, for arch `source`."""
        return (SOURCE,) if self.source else self.arches

    @property
    def has_root(self) -> bool:
        """Whether it is made of a root file system of packages, not of another image and not of a repository."""
        return self.kind in {"live", "disk", "ostree", "container", "root"} and not self.origin_image

    def may_fail(self, arch: str) -> bool:
        """Whether it may fail on an arch; one of source packages may when it may on every arch."""
        return set(self.arches) <= set(self.failable) if arch == SOURCE else arch in self.failable


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
    def index_arches(self) -> tuple[str, ...]:
        """The arches that its repository has indices of: its own, foreign ones, and `source` when it has sources."""
        foreign = self.multiarch.foreign if self.multiarch else ()
        own = tuple(dict.fromkeys((*self.arches, *foreign)))
        return (*own, SOURCE) if self.sources else own

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


@dataclass(frozen=True)
class Compose(Places):
    """All that one config file describes, and where each artifact lies. Paths are relative to the checkout."""

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
    part: Part | None = None
    """What alone is asked for; None for all."""
    digest: str = ""
    """SHA256 over the bytes of `files`, as they were read."""
