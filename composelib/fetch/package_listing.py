"""An archive's packages as `pkgset` left them: stanzas and their index, opened without reading them."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import cast

from composelib.archive.choose.packages.index import Index
from composelib.archive.choose.packages.package import PackageListing
from composelib.archive.format.stanza import Buffer
from composelib.errors import TrustError
from composelib.model.indexed_archive import IndexedArchive
from composelib.program import PROGRAM


def open_listing(archive: IndexedArchive) -> PackageListing:
    """Return an archive's packages. Raise TrustError if index and stanzas do not belong together."""
    stanzas, index = map_file(archive.stanzas), Index(map_file(archive.index))
    if index.size != len(stanzas):
        raise TrustError(
            f"{archive.index}: this is not the index of {archive.stanzas.name}",
            f"`{PROGRAM} forget pkgset`, then run again",
        )
    return PackageListing(archive.archive, stanzas, index, archive.priority, archive.lookaside, archive.suites)


def map_file(path: Path) -> Buffer:
    """Return a file's bytes, mapped into memory: only the pages that are used are read."""
    with path.open("rb") as stream:
        if not path.stat().st_size:
            return b""
        return cast(Buffer, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
