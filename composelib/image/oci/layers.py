"""The layer of a container image that each path goes into: a layer stays the same as long as its packages do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from composelib.dataclass import dataclass

BUCKETS = 24
"""The number of layers that source packages are spread over, by their names alone: no package moves another."""
REST = "rest"
"""The layer of the paths that no package owns: generated files, dpkg's status."""
OWN = {"linux": "kernel", "linux-signed-amd64": "kernel", "linux-signed-arm64": "kernel"}
"""Source packages whose packages have a layer of their own, and its name."""
MERGED = ("bin/", "sbin/", "lib/", "lib32/", "lib64/", "libo32/", "libx32/")
INITRAMFS = "initramfs"


def choose_layer(source: str) -> str:
    """Return the layer of a source package."""
    if source in OWN:
        return OWN[source]
    return f"packages-{int.from_bytes(hashlib.sha256(source.encode()).digest()[:4]) % BUCKETS:02}"


GENERATED = {"usr/lib/udev/hwdb.bin": choose_layer("systemd")}
"""The layers of large files that no package owns: those of the sources whose maintainer scripts make them."""


@dataclass(frozen=True)
class Owners:
    """The layer of each path, by the package that owns it."""

    paths: Mapping[str, str]
    """Layers by path."""
    notes: Mapping[str, str]
    """Layers by the stem of dpkg's files about a package, `NAME` or `NAME:ARCH`."""

    def layer(self, path: str) -> str:
        """Return the layer of a path of the root."""
        if path.startswith("usr/lib/modules/") and path.endswith("/initramfs.img"):
            return INITRAMFS
        folder, _, name = path.rpartition("/")
        if folder.endswith("/dpkg/info"):
            return self.notes.get(name.rpartition(".")[0], REST)
        if path not in self.paths and path.startswith("usr/lib/modules/"):
            return "kernel"
        return self.paths.get(path) or GENERATED.get(path, REST)


def map_owners(lists: Mapping[str, Iterable[str]], sources: Mapping[str, str]) -> Owners:
    """Return the owners of paths, by dpkg's lists (`NAME` or `NAME:ARCH` -> paths) and each package's source."""
    paths: dict[str, str] = {}
    notes: dict[str, str] = {}
    for stem, listed in lists.items():
        name = stem.partition(":")[0]
        notes[stem] = choose_layer(sources.get(name, name))
        for path in listed:
            paths[merge_usr(path.lstrip("/"))] = notes[stem]
    return Owners(paths, notes)


def merge_usr(path: str) -> str:
    """Return the path of a package's file on a system where /bin and the like are links into /usr."""
    return f"usr/{path}" if path.startswith(MERGED) else path
