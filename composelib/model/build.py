"""Builds: a source package of an archive, built for an arch."""

from __future__ import annotations

from composelib.dataclass import dataclass
from composelib.model.archive import Archive
from composelib.model.build_source import BuildSource


@dataclass(frozen=True)
class Build:
    """A source package of an archive, and the arch that it is built for."""

    archive: Archive
    source: BuildSource
    arch: str
    root_arch: str
    """The arch of the root that it is built in: another one if it is cross-built."""
    everything: bool
    """Whether packages of arch `all` are built with those of the arch."""

    @property
    def name(self) -> str:
        """The name of its tasks: `ours:hello:amd64`."""
        return f"{self.archive.name}:{self.source.name}:{self.arch}"

    @property
    def profiles(self) -> tuple[str, ...]:
        """The build profiles; what is cross-built cannot run its tests."""
        further = ("cross", "nocheck") if self.root_arch != self.arch else ()
        return tuple(dict.fromkeys((*self.source.profiles, *further)))

    @property
    def label(self) -> str:
        """Its name in messages, after the place in the config."""
        return f"{self.source.origin}: archive {self.archive.name}: {self.source.name} for {self.arch}"
