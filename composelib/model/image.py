"""Images: deliverables that are not repositories; a class for each kind, which declares the kind's keys."""

from __future__ import annotations

from typing import ClassVar, Literal

from composelib.dataclass import dataclass
from composelib.model.arch import SOURCE
from composelib.model.container_push import ContainerPush
from composelib.model.container_run import ContainerRun
from composelib.model.image_traits import (
    ALWAYS,
    BootableImage,
    ConvertedImage,
    DerivedImage,
    Image,
    InstallerImage,
    MediumImage,
    RootedImage,
    SecureImage,
)
from composelib.model.keys.common import VARIANT_NAME
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import (
    BuilderName,
    Choice,
    Flag,
    ListOf,
    RecordOf,
    Size,
    Text,
    TrueOr,
)
from composelib.model.partition import DiskPartition

REF = Text(
    "a ref such as demo/{version}/{arch}/edge", r"[A-Za-z0-9{][A-Za-z0-9._/{}-]*", longest=200, placeholders=True
)


@dataclass(frozen=True)
class IsoImage(SecureImage, InstallerImage):
    """An ISO image of packages or of their sources, with or without debian-installer."""

    kind: ClassVar[str] = "iso"
    stages: ClassVar[tuple[str, ...]] = ("createiso",)

    installer: bool = key(
        "Debian's installer is on it, with all it takes to install.", Flag(), default=False, stage="buildinstall"
    )
    split: bool = key("Split it into as many media as `max-size` requires.", Flag(), default=False)
    jigdo: bool = key("Make a .jigdo and a .template file beside it.", Flag(), default=False, stage="jigdo")
    extra_variants: tuple[str, ...] = key("Further variants on it.", ListOf(VARIANT_NAME, "variants"))
    source: bool = key("A medium of source packages.", Flag(), default=False)
    optional: bool = key("Its variants' components `optional` are on it.", Flag(), default=False)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The suffixes of the files that it is delivered as."""
        return (".iso", ".jigdo", ".template") if self.jigdo else (".iso",)

    @property
    def delivered_arches(self) -> tuple[str, ...]:
        """The arches of its deliverables: its own, or `source` alone for an ISO of source packages."""
        return (SOURCE,) if self.source else self.arches


@dataclass(frozen=True)
class LiveImage(RootedImage, SecureImage, MediumImage):
    """An ISO image that starts a system without installing it."""

    kind: ClassVar[str] = "live"
    stages: ClassVar[tuple[str, ...]] = ("solve", "rootfs", "live_media")
    needs_kernel: ClassVar[Literal["always", "if booted", "never"]] = "always"


@dataclass(frozen=True)
class DiskImage(DerivedImage, ConvertedImage, SecureImage, BootableImage):
    """A disk, of packages or of an OSTree commit."""

    kind: ClassVar[str] = "disk"
    stages: ClassVar[tuple[str, ...]] = ("solve", "rootfs", "image_build", "image_format")
    derived_stages: ClassVar[tuple[str, ...]] = ("ostree_disk", "image_format")
    made_of: ClassVar[tuple[str, ...]] = ("ostree",)
    needs_kernel: ClassVar[Literal["always", "if booted", "never"]] = "always"

    builder: str = key("What makes the disk.", BuilderName(), default="native")
    size: int = key("The disk's size.", Size())
    """Bytes; 0 for as many as its content needs."""
    cloud_init: bool = key("cloud-init sets it up at its first boot.", Flag(), default=False)
    grow: str | None = key(
        "Its root, or the partition with `grow`, grows to the end of the machine's disk when it starts, by systemd-repart; `if-possible`: where that is in it.",
        TrueOr(Choice(("if-possible",)), true=ALWAYS),
        default="if-possible",
    )
    """`always`, `if-possible`, or None for never."""
    partitions: tuple[DiskPartition, ...] = key(
        "Its partitions, beside those to start from; the root alone by default.",
        ListOf(RecordOf(DiskPartition), "partitions", repeats=True),
    )
    """Empty for the root alone."""


@dataclass(frozen=True)
class OstreeImage(RootedImage, BootableImage):
    """An OSTree commit."""

    kind: ClassVar[str] = "ostree"
    stages: ClassVar[tuple[str, ...]] = ("solve", "rootfs", "ostree", "ostree_refs")
    needs_kernel: ClassVar[Literal["always", "if booted", "never"]] = "if booted"
    is_tested: ClassVar[bool] = False

    ref: str = key(
        "The ref that the commit is put on; {placeholders} are filled in.",
        REF,
        default="{short}/{version}/{arch}/{image}",
    )
    deltas: bool = key("Make static deltas from the previous commit.", Flag(), default=True)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """None: a commit lies in the OSTree repository."""
        return ()


@dataclass(frozen=True)
class ContainerImage(ContainerPush, ContainerRun, DerivedImage, RootedImage):
    """An OCI image, of packages, of another image's root or of an OSTree commit."""

    kind: ClassVar[str] = "container"
    stages: ClassVar[tuple[str, ...]] = ("solve", "rootfs", "container")
    derived_stages: ClassVar[tuple[str, ...]] = ("container", "ostree_container")
    made_of: ClassVar[tuple[str, ...]] = ("ostree", "root")

    distroless: bool = key(
        "Only its packages and what they depend on, without shell and package manager; scanners find them in dpkg's status.d.",
        Flag(),
        default=False,
        only_with=("packages",),
    )
    bootc: bool = key("Labelled for bootc: the container boots.", Flag(), default=False)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The suffixes of the files that it is delivered as."""
        return (".oci.tar",)


@dataclass(frozen=True)
class OstreeInstallerImage(DerivedImage, SecureImage, MediumImage):
    """An ISO image that installs an OSTree commit."""

    kind: ClassVar[str] = "ostree-installer"
    stages: ClassVar[tuple[str, ...]] = ("ostree_installer",)
    made_of: ClassVar[tuple[str, ...]] = ("ostree",)


@dataclass(frozen=True)
class NetbootImage(SecureImage, InstallerImage):
    """An ISO image that starts debian-installer, which fetches all packages."""

    kind: ClassVar[str] = "netboot"
    stages: ClassVar[tuple[str, ...]] = ("buildinstall", "netboot")


@dataclass(frozen=True)
class RootImage(ConvertedImage):
    """A root file system as a tar."""

    kind: ClassVar[str] = "root"
    stages: ClassVar[tuple[str, ...]] = ("solve", "rootfs", "image_build", "image_format")
    default_format: ClassVar[str] = "tar"


IMAGE_KINDS: tuple[type[Image], ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, type) and issubclass(value, Image) and value.kind
)
