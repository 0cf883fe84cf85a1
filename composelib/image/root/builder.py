"""What a builder of root file systems can make."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class BuilderCapabilities:
    """What a builder can make. Disks are made of its root file system in the same way whichever it is."""

    name: str
    """The word for it in the config."""
    arches: tuple[str, ...] = ()
    """The arches whose root file systems it makes; empty for all whose programs run on the machine."""
    foreign: bool = False
    """Whether it installs packages of further arches than the image's (`multiarch`)."""
    commits: bool = False
    """Whether a disk of an OSTree commit (`from`) is made under its name."""
