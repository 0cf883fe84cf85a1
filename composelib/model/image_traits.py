"""What images are, whatever their kind: the keys that several kinds share, and what follows from these."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from composelib.dataclass import dataclass
from composelib.model.arch import SOURCE
from composelib.model.customize import Customize
from composelib.model.extra_file import FILES, ExtraFile
from composelib.model.keys.common import ARCHES, EXCLUDED_PACKAGES, PACKAGES
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import (
    NAME,
    Choice,
    FilePath,
    Flag,
    ListOf,
    RecordOf,
    Size,
    Text,
    TrueOr,
)
from composelib.model.origin import Origin, Seed

FORMATS = ListOf(
    Text(
        "a disk format",
        r"(?:raw|qcow2|vmdk|vdi|vhdx?|tar)(?:\.(?:gz|xz|zst))?|azure\.vhd|gce\.tar\.gz|ova|vagrant\.box|wsl|incus",
        "raw, qcow2, vmdk, vdi, vhd, vhdx or tar; .gz, .xz or .zst after it compresses; or azure.vhd, gce.tar.gz, ova,"
        " vagrant.box; wsl or incus",
    ),
    "disk formats",
)
ALWAYS = "always"
"""What `true` stands for in a key that also takes a condition, such as `if-signed`."""


@dataclass(frozen=True)
class Image:
    """A deliverable that is not a repository."""

    kind: ClassVar[str] = ""
    """The word for it in the config; empty for a base class of several kinds."""
    stages: ClassVar[tuple[str, ...]] = ()
    """The stages that make it."""
    folder: ClassVar[str] = "images"
    """The folder of its files, below its variant's and arch's."""
    needs_kernel: ClassVar[Literal["always", "if booted", "never"]] = "never"
    """When its own packages must include a kernel, unless it is made of another image."""
    is_tested: ClassVar[bool] = True
    """Whether `test` examines its files."""

    name: str
    origin: Origin
    arches: tuple[str, ...] = key("The arches it is made for; all of its variant's by default.", ARCHES)
    """A subset of its variant's."""
    failable: tuple[str, ...] = key(
        "It may fail, on all arches or on these; the compose is complete without it.", TrueOr(ARCHES), default=False
    )
    """The arches on which it may fail."""
    max_size: int = key("The largest size it may have; a larger image is an error.", Size())
    """Bytes; 0 for no limit."""
    files: tuple[ExtraFile, ...] = key("Files put into it.", FILES)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The suffixes of the files that it is delivered as."""
        return (".iso",)

    @property
    def delivered_arches(self) -> tuple[str, ...]:
        """The arches of its deliverables: its own, or `source` alone for an ISO of source packages."""
        return self.arches

    @property
    def has_root(self) -> bool:
        """Whether it is made of a root file system of packages, not of another image and not of a repository."""
        return False

    def may_fail(self, arch: str) -> bool:
        """Return whether it may fail on an arch; one of source packages may when it may on every arch."""
        return set(self.arches) <= set(self.failable) if arch == SOURCE else arch in self.failable


@dataclass(frozen=True)
class RootedImage(Image):
    """An image whose packages are installed in a root file system."""

    packages: tuple[Seed, ...] = key("What is installed in it; the variant's packages by default.", PACKAGES)
    """Empty for the variant's packages."""
    recommends: bool = key(
        "Also install what its packages recommend; the variant then has that, too.", Flag(), default=False
    )
    exclude: tuple[Seed, ...] = key("Packages that are never installed in it.", EXCLUDED_PACKAGES)
    scripts: tuple[Path, ...] = key(
        "Scripts that are run in the root file system, in this order.", ListOf(FilePath("file"), "scripts")
    )
    network: bool = key(
        "Its scripts have the network; the files that they write are recorded with their SHA256.",
        Flag(),
        default=False,
        only_with=("scripts",),
    )
    customize: Customize = key("Users, host name, services and the like.", RecordOf(Customize), empty=Customize())
    keep: tuple[str, ...] = key(
        "Files that stay in it though they are private keys, identifiers or have the time of the build; `*` stands for any text.",
        ListOf(Text("an absolute path", r"/\S+"), "paths"),
    )

    @property
    def has_root(self) -> bool:
        """Whether it is made of a root file system of packages, not of another image."""
        return not (isinstance(self, DerivedImage) and self.source_image)


@dataclass(frozen=True)
class BootableImage(Image):
    """An image that a machine starts from."""

    boot: str = key(
        "Boot it as a test and wait for `login:`, or for this line.",
        TrueOr(Text("a line to wait for", r"\S.*"), true="login:"),
        default=False,
        stage="test",
    )
    """The line to wait for when the image is booted as a test; empty for no boot."""


@dataclass(frozen=True)
class SecureImage(Image):
    """An image whose packages may have boot loaders that Debian has signed."""

    secure_boot: str | None = key(
        "Start by UEFI with Secure Boot on, too: by shim and GRUB as Debian has signed them, of its packages shim-signed and "
        "grub-efi-ARCH-signed, with Debian's kernel; `if-signed`: where it has these.",
        TrueOr(Choice(("if-signed",)), true=ALWAYS),
        default="if-signed",
    )
    """`always`, `if-signed`, or None for boot loaders of our own."""


@dataclass(frozen=True)
class DerivedImage(Image):
    """An image that is made of another one, or can be."""

    made_of: ClassVar[tuple[str, ...]] = ()
    """The kinds of image that it can be made of."""
    derived_stages: ClassVar[tuple[str, ...]] = ()
    """The stages that make it of another image; empty if they are `stages` too."""

    source_image: str = key(
        "The image of this variant that it is made of.", Text("the name of an image", NAME), name="from"
    )
    """The name of the image that it is made of; empty if it is made of packages."""


@dataclass(frozen=True)
class MediumImage(BootableImage):
    """An ISO image."""

    folder: ClassVar[str] = "iso"

    volume_id: str = key(
        "The volume ID; made of the release's, variant's and arch's names by default.",
        Text("a volume ID", r"[A-Za-z0-9][A-Za-z0-9 ._+-]{0,31}", "at most 32 letters, digits, spaces and . _ + -"),
    )


@dataclass(frozen=True)
class InstallerImage(MediumImage):
    """A medium that starts debian-installer, or can."""

    preseed: Path | None = key(
        "A preseed file: answers to the installer's questions.", FilePath("file"), stage="buildinstall"
    )


@dataclass(frozen=True)
class ConvertedImage(RootedImage):
    """An image that can be delivered in several formats."""

    default_format: ClassVar[str] = "raw"

    formats: tuple[str, ...] = key("The formats it is made in; by default `raw`, for kind `root` `tar`.", FORMATS)
    """Empty for the kind's default."""

    @property
    def delivered_formats(self) -> tuple[str, ...]:
        """The formats that it is delivered in."""
        return self.formats or (self.default_format,)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The suffixes of the files that it is delivered as."""
        return tuple(f".{form}" for form in self.delivered_formats)
