"""Where packages come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from composelib.model.arch import SOURCE, UDEB
from composelib.model.origin import Origin


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
        return not self.arches or arch == SOURCE or arch.removesuffix(UDEB) in self.arches
