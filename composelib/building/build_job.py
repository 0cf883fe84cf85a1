"""What a build of a source package is made of, and its limits: what every builder gets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class BuildLimits:
    """How much a build may take before it is ended: more than any package of Debian needs, and less than harms a machine."""

    seconds: int = 12 * 3600
    processes: int = 4096
    """Processes and threads at a time."""
    memory: int = 0
    """Bytes of memory of one process; 0 for as much as the machine has."""
    file_size: int = 16 << 30
    """Bytes of the largest file, the log among them."""


@dataclass(frozen=True)
class BuildJob:
    """A source package and the root that it is built in."""

    label: str
    """Its name in messages: `archive ours: hello for amd64`."""
    arch: str
    root_arch: str
    """The arch of the root: another one if it is cross-built."""
    everything: bool
    """Whether packages of arch `all` are built, too."""
    source: Path
    """The folder of the source package: a .dsc and its files."""
    record: Path
    """What the .dsc says, as JSON."""
    chroot: Path
    """The root that every build begins with, as a tar."""
    chroot_packages: Path
    dependencies: Path
    """The stanzas of the packages that are installed on top of it."""
    store: Path
    profiles: tuple[str, ...]
    unpacked: Path
    """The folder of the unpacked chroot, which builds share."""
    scratch: Path
    limits: BuildLimits = BuildLimits()
