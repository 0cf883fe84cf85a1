"""Which package has a file of a root, by dpkg's own lists in it (dpkg(1), /var/lib/dpkg/info)."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import IO

from composelib.contents.artifact import LAYER, Artifact
from composelib.dataclass import dataclass
from composelib.image.oci.layers import merge_usr

LIST = re.compile(
    r"(?P<root>|.*/)(?:(?:var/lib|usr/lib/sysimage)/dpkg/info/(?P<package>[^/:]+)(?::[^/]+)?\.list"
    r"|var/lib/dpkg/status\.d/(?P<plain>[^/]+)\.md5sums)"
)
NOTE = re.compile(r"/dpkg/info/(?P<package>[^/:]+?)(?::[^/]+)?\.[a-z0-9]+$")
"""What dpkg has beside the list about one package."""
POOL = re.compile(r"(?:^|/)pool/(?:.*/)?(?P<package>[a-z0-9][a-z0-9+.-]+)_[^/_]+(?:_[^/_]+)?\.u?deb$")

SUM_WIDTH = 34
"""Columns before the path in a line of md5sum(1)."""


@dataclass(frozen=True)
class PackageOwners:
    """The packages that have each path of a root."""

    packages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    root: str = ""
    """The folder within the artifact that the root lies in, with `/` after it."""

    def find(self, path: str) -> tuple[tuple[str, ...], bool]:
        """Return the packages of a path and True; else the only one of the nearest folder above it, and False."""
        if match := POOL.search(path):
            return (match["package"],), True
        name = path.removeprefix(self.root)
        names = self.look_up(name)
        if names:
            return names, True
        while "/" in name:
            name = name.rpartition("/")[0]
            names = self.look_up(name)
            if names:
                return (names if len(names) == 1 else ()), False
        return (), False

    def look_up(self, path: str) -> tuple[str, ...]:
        """Return the packages that have a path, by whatever name since /usr was merged, or that dpkg has a note of there."""
        if match := NOTE.search(path):
            return (match["package"],)
        return self.packages.get(merge_usr(path), ())


NO_OWNERS = PackageOwners()


def read_owners(artifact: Artifact) -> PackageOwners:
    """Return the owners of an artifact's files, also those of the layers of a container; none without a package database."""
    packages: dict[str, tuple[str, ...]] = {}
    root = ""
    for name, text in list_texts(artifact):
        if match := LIST.fullmatch(name):
            root = match["root"]
            for line in text.decode(errors="surrogateescape").splitlines():
                path = merge_usr((line if match["package"] else line[SUM_WIDTH:]).strip("/"))
                packages[path] = (*packages.get(path, ()), match["package"] or match["plain"])
    return PackageOwners(packages, root)


def list_texts(artifact: Artifact) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of each list of a package's files."""
    for name, state in artifact.files.items():
        if state.kind == LAYER:
            yield from list_layer_texts(artifact.open(name))
        elif LIST.fullmatch(name):
            with artifact.open(name) as stream:
                yield name, stream.read()


def list_layer_texts(layer: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the same of a layer, which is a tar."""
    with layer, tarfile.open(fileobj=layer, mode="r|") as tar:
        for member in tar:
            name = member.name.removeprefix("./")
            stream = tar.extractfile(member) if member.isreg() and LIST.fullmatch(name) else None
            if stream:
                yield name, stream.read()
