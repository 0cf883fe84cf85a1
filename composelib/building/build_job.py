"""What a build of a source package is made of, and its limits: what every builder gets."""

from __future__ import annotations

from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.build_limits import DEFAULT_LIMITS, BuildLimits


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
    limits: BuildLimits = DEFAULT_LIMITS
