"""Images: deliverables that are not repositories."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

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
