"""What an earlier compose published in a suite: only files that its signed list has are read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from composelib.archive.format import repository
from composelib.dataclass import dataclass
from composelib.errors import TrustError
from composelib.program import PROGRAM
from composelib.verify.signatures import KEY, open_key

SIGNED = ("Release", "Release.gpg")
"""The list of a suite's files, and its signature."""


@dataclass(frozen=True)
class PublishedSuite:
    """A suite's folder in a published tree, and the files that its Release file lists."""

    tree: Path
    folder: Path
    listed: Mapping[str, tuple[str, int]]
    """SHA256 and size by path below the folder."""

    def read(self, name: str) -> bytes:
        """Return the content of a file of the suite. Raise TrustError if it is not the one that is listed."""
        return self.read_as(name, self.listed.get(name, ("", 0))[0])

    def read_as(self, name: str, sha256: str) -> bytes:
        """Return the content of a file that a listed one names with this SHA256. Raise TrustError if it is another."""
        path = self.folder / name
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != sha256:
            raise TrustError(
                f"{path}: it was changed since it was published", f"`{PROGRAM} verify {self.tree}` says more"
            )
        return content


def open_published_suite(tree: Path, folder: Path) -> PublishedSuite:
    """Return a suite of a published tree. Raise TrustError unless its Release file is signed by the tree's key.

    InRelease is left alone: what stands in it before or after the signed text is not signed.
    """
    release, signature = ((folder / name).read_bytes() if (folder / name).is_file() else b"" for name in SIGNED)
    with open_key(tree / KEY) as checker:
        if not checker.accepts(signature, release):
            raise TrustError(
                f"{folder / SIGNED[0]}: it is not signed by {tree / KEY}", f"`{PROGRAM} verify {tree}` says more"
            )
    return PublishedSuite(tree, folder, repository.read_listed_files(release.decode(errors="replace")))
