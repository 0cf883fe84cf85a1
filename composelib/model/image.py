"""Images: deliverables that are not repositories; a class for each kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, cast

from composelib.model.arch import SOURCE
from composelib.model.origin import Origin, Seed


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


@dataclass(frozen=True)
class Image:
    """A deliverable that is not a repository."""

    kind: ClassVar[str] = ""
    """The word for it in the config."""
    stages: ClassVar[tuple[str, ...]] = ()
    """The stages that make it."""
    folder: ClassVar[str] = "images"
    """The folder of its files, below its variant's and arch's."""

    name: str
    origin: Origin
    arches: tuple[str, ...]
    """The arches it is made for, a subset of its variant's."""
    failable: tuple[str, ...] = ()
    """The arches on which it may fail."""
    max_size: int = 0
    """Bytes; 0 for no limit."""
    files: tuple[ExtraFile, ...] = ()

    # What some kinds have, for code that does not yet ask for its kind.
    packages = cast("tuple[Seed, ...]", ())
    exclude = cast("tuple[Seed, ...]", ())
    recommends = False
    scripts = cast("tuple[Path, ...]", ())
    customize = Customize()
    boot = ""
    installer = False
    preseed = cast("Path | None", None)
    split = False
    jigdo = False
    extra_variants = cast("tuple[str, ...]", ())
    source = False
    optional = False
    volume_id = ""
    builder = "native"
    formats = cast("tuple[str, ...]", ())
    size = 0
    cloud_init = False
    origin_image = ""
    bootc = False
    push = ""
    ref = ""
    deltas = True

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The suffixes of the files that it is delivered as."""
        return (".iso",)

    @property
    def targets(self) -> tuple[str, ...]:
        """The arches it is a deliverable of: an ISO of source packages is made once, for arch `source`."""
        return self.arches

    @property
    def has_root(self) -> bool:
        """Whether it is made of a root file system of packages, not of another image and not of a repository."""
        return False

    def may_fail(self, arch: str) -> bool:
        """Whether it may fail on an arch; one of source packages may when it may on every arch."""
        return set(self.arches) <= set(self.failable) if arch == SOURCE else arch in self.failable


@dataclass(frozen=True)
class RootedImage(Image):
    """An image whose packages are installed in a root file system."""

    packages: tuple[Seed, ...] = ()
    """What is installed in it; empty for the variant's packages."""
    recommends: bool = False
    exclude: tuple[Seed, ...] = ()
    scripts: tuple[Path, ...] = ()
    customize: Customize = field(default_factory=Customize)

    @property
    def has_root(self) -> bool:
        """Whether it is made of a root file system of packages, not of another image."""
        return True


@dataclass(frozen=True)
class BootableImage(Image):
    """An image that a machine starts from."""

    boot: str = ""
    """A line to wait for when the image is booted as a test; empty for no boot (`true` waits for `login:`)."""


@dataclass(frozen=True)
class IsoImage(BootableImage):
    """An ISO image of packages or of their sources, with or without debian-installer."""

    kind: ClassVar[str] = "iso"
    stages: ClassVar[tuple[str, ...]] = ("createiso",)
    folder: ClassVar[str] = "iso"

    installer: bool = False
    preseed: Path | None = None
    split: bool = False
    jigdo: bool = False
    extra_variants: tuple[str, ...] = ()
    source: bool = False
    """An iso of source packages."""
    optional: bool = False
    """Whether the component `optional` is on it."""
    volume_id: str = ""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The suffixes of the files that it is delivered as."""
        return (".iso", ".jigdo", ".template") if self.jigdo else (".iso",)

    @property
    def targets(self) -> tuple[str, ...]:
        """The arches it is a deliverable of: an ISO of source packages is made once, for arch `source`."""
        return (SOURCE,) if self.source else self.arches


@dataclass(frozen=True)
class LiveImage(RootedImage, BootableImage):
    """An ISO image that starts a system without installing it."""

    kind: ClassVar[str] = "live"
    stages: ClassVar[tuple[str, ...]] = ("solve", "rootfs", "live_media")
    folder: ClassVar[str] = "iso"

    volume_id: str = ""


@dataclass(frozen=True)
class DiskImage(RootedImage, BootableImage):
    """A disk, of packages or of an OSTree commit."""

    kind: ClassVar[str] = "disk"
    stages: ClassVar[tuple[str, ...]] = ("solve", "rootfs", "image_build")

    builder: str = "native"
    formats: tuple[str, ...] = ()
    """Empty for `raw`."""
    size: int = 0
    """Bytes; 0 for what its content needs."""
    cloud_init: bool = False
    origin_image: str = ""
    """`from`: the image of the same variant that this one is made of."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The suffixes of the files that it is delivered as."""
        return tuple(f".{suffix}" for suffix in self.formats or ("raw",))

    @property
    def has_root(self) -> bool:
        """Whether it is made of a root file system of packages, not of another image."""
        return not self.origin_image


@dataclass(frozen=True)
class OstreeImage(RootedImage, BootableImage):
    """An OSTree commit."""

    kind: ClassVar[str] = "ostree"
    stages: ClassVar[tuple[str, ...]] = ("solve", "rootfs", "ostree", "ostree_refs")

    ref: str = ""
    deltas: bool = True

    @property
    def suffixes(self) -> tuple[str, ...]:
        """None: a commit lies in the OSTree repository."""
        return ()


@dataclass(frozen=True)
class ContainerImage(RootedImage):
    """An OCI image, of packages, of another image's root or of an OSTree commit."""

    kind: ClassVar[str] = "container"
    stages: ClassVar[tuple[str, ...]] = ("ostree_container",)

    origin_image: str = ""
    """`from`: the image of the same variant that this one is made of."""
    bootc: bool = False
    push: str = ""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The suffixes of the files that it is delivered as."""
        return (".oci.tar",)

    @property
    def has_root(self) -> bool:
        """Whether it is made of a root file system of packages, not of another image."""
        return not self.origin_image


@dataclass(frozen=True)
class OstreeInstallerImage(BootableImage):
    """An ISO image that installs an OSTree commit."""

    kind: ClassVar[str] = "ostree-installer"
    stages: ClassVar[tuple[str, ...]] = ("ostree_installer",)
    folder: ClassVar[str] = "iso"

    origin_image: str = ""
    """`from`: the image of the same variant that this one is made of."""
    volume_id: str = ""


@dataclass(frozen=True)
class NetbootImage(BootableImage):
    """An ISO image that starts debian-installer, which fetches all packages."""

    kind: ClassVar[str] = "netboot"
    stages: ClassVar[tuple[str, ...]] = ("buildinstall", "netboot")
    folder: ClassVar[str] = "iso"

    preseed: Path | None = None
    volume_id: str = ""


@dataclass(frozen=True)
class RootImage(RootedImage):
    """A root file system as a tar."""

    kind: ClassVar[str] = "root"
    stages: ClassVar[tuple[str, ...]] = ("solve", "rootfs", "image_build")

    formats: tuple[str, ...] = ()
    """Empty for `tar`."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The suffixes of the files that it is delivered as."""
        return tuple(f".{suffix}" for suffix in self.formats or ("tar",))


IMAGE_KINDS: tuple[type[Image], ...] = (
    IsoImage,
    LiveImage,
    DiskImage,
    OstreeImage,
    ContainerImage,
    OstreeInstallerImage,
    NetbootImage,
    RootImage,
)
