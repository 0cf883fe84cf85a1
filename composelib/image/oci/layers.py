"""Which layer of a container image each path goes into, so that a layer stays the same when its packages do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

BUCKETS = 24
"""Into so many layers source packages are spread by their names: where one goes does not depend on the others."""
REST = "rest"
"""The layer of what no package owns: what is generated, the list of what is installed."""
OWN = {"linux": "kernel", "linux-signed-amd64": "kernel", "linux-signed-arm64": "kernel"}
"""Sources that have a layer to themselves."""
MERGED = ("bin/", "sbin/", "lib/", "lib32/", "lib64/", "libo32/", "libx32/")
INITRAMFS = "initramfs"


def layer_of(source: str) -> str:
    """Give the layer of a source package."""
    if source in OWN:
        return OWN[source]
    return f"packages-{int.from_bytes(hashlib.sha256(source.encode()).digest()[:4]) % BUCKETS:02}"


GENERATED = {"usr/lib/udev/hwdb.bin": layer_of("systemd")}
"""Layers of large files that no package owns, by the source whose maintainer scripts make them."""


@dataclass(frozen=True)
class Owners:
    """Whose each path is: the layer by path, and by the stem of the names that dpkg gives its notes on a package."""

    paths: Mapping[str, str]
    notes: Mapping[str, str]

    def layer(self, path: str) -> str:
        """Give the layer of a path of the root."""
        if path.startswith("usr/lib/modules/") and path.endswith("/initramfs.img"):
            return INITRAMFS
        folder, _, name = path.rpartition("/")
        if folder.endswith("/dpkg/info"):
            return self.notes.get(name.rpartition(".")[0], REST)
        if path not in self.paths and path.startswith("usr/lib/modules/"):
            return "kernel"
        return self.paths.get(path) or GENERATED.get(path, REST)


def owners(lists: Mapping[str, Iterable[str]], sources: Mapping[str, str]) -> Owners:
    """Tell whose each path is, by dpkg's lists (`NAME` or `NAME:ARCH` -> paths) and each package's source."""
    paths: dict[str, str] = {}
    notes: dict[str, str] = {}
    for stem, listed in lists.items():
        name = stem.partition(":")[0]
        notes[stem] = layer_of(sources.get(name, name))
        for path in listed:
            paths[merged(path.lstrip("/"))] = notes[stem]
    return Owners(paths, notes)


def merged(path: str) -> str:
    """Give the path that a file of a package has where /bin and the like are links into /usr."""
    return f"usr/{path}" if path.startswith(MERGED) else path
