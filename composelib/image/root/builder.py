"""The capabilities of a builder of root file systems, and the job that it gets."""

from __future__ import annotations

from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.customize import Customize
from composelib.model.identity import Identity


@dataclass(frozen=True, kw_only=True)
class BuilderCapabilities:
    """What a builder can make. Disks are made of its root file system in the same way for every builder."""

    name: str
    """The word for it in the config."""
    tools: tuple[str, ...]
    """Names of the outside programs that it starts."""
    arches: tuple[str, ...] = ()
    """The arches whose root file systems it makes; empty for all whose programs run on the machine."""
    foreign: bool = False
    """Whether it installs packages of further arches than the image's (`multiarch`)."""
    network: bool = False
    """Whether scripts can have the network, and what they write is recorded."""
    commits: bool = False
    """Whether a disk of an OSTree commit (`from`) may name it as its `builder`."""


@dataclass(frozen=True)
class RootJob:
    """What a root file system is made of, for any builder."""

    label: str
    """The name of the image in messages."""
    arch: str
    foreign: tuple[str, ...]
    """Further arches whose packages are installed."""
    suite: str
    tree: Path
    """The folder that all repositories are below."""
    store: Path
    repositories: tuple[tuple[Path, tuple[str, ...]], ...]
    """Folder and components of each repository; the first is the variant's own."""
    key: Path
    """The key that signs the repositories, armored."""
    packages: Path
    """The list of the packages that are installed, as `solve` wrote it."""
    epoch: Path
    identity: Identity | None
    """How it names itself; None if as its packages say."""
    hostname: str
    """The host name unless `customize` has one."""
    customize: Customize
    """Without `kernel_append`, which the boot loader gets."""
    files: Path | None
    """The list of the extra files that are put into it."""
    scripts: tuple[Path, ...]
    network: bool
    """Whether the scripts have the machine's network."""
    record: Path | None
    """The file that says what scripts with network have written; None if they have none."""
    keep: tuple[str, ...]
    """Patterns of files that stay in it though they are keys or identifiers."""
    address: str
    """The address at which the first repository will be served, for the root's own apt; empty if unknown."""
    initramfs: bool
    """Whether it gets the initramfs of an OSTree deployment instead of the one its kernel's packages make."""
