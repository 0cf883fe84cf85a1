"""A suite without a Release file, of an archive that is trusted in so many words: we write one, from the indices that are there.

So all that follows is as for any other archive: it has a date, and what is read later is what was hashed here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from composelib.archive.format.release import COMPRESSIONS, format_index_name
from composelib.archive.format.release_date import format_release_date, parse_release_date
from composelib.dataclass import dataclass
from composelib.errors import TrustError
from composelib.fetch.decompress import is_available
from composelib.fetch.document import Document, fetch_document
from composelib.fetch.errors import NotThereError
from composelib.fetch.http import Agent
from composelib.fetch.url import display_url, join_url
from composelib.model.arch import SOURCE

LARGEST_INDEX = 200_000_000
"""Bytes of an index; of a whole Debian suite it has 12 MB with xz, 50 MB plain."""


@dataclass(frozen=True)
class UnlistedIndices:
    """The indices to look for in a suite without a Release file: components (none of a flat repository) and arches."""

    components: tuple[str, ...]
    arches: tuple[str, ...]

    def list_names(self) -> Iterator[str]:
        """Yield their names without compression."""
        for component in self.components or ("",):
            arches = dict.fromkeys((*self.arches, "all", SOURCE) if component else (self.arches[0], SOURCE))
            yield from (format_index_name(component, arch) for arch in arches)


def write_release(suite: str, indices: UnlistedIndices, agent: Agent, folder: str) -> bytes:
    """Return the Release file that a suite could have. Raise NotThereError if it has no index either."""
    documents = [fetch_smallest(agent, folder, name) for name in indices.list_names()]
    there = dict(filter(None, documents))
    if not there:
        raise NotThereError(f"{display_url(folder)}: neither a Release file nor an index is there")
    date = max(read_date(document) for document in there.values())
    name = f"Suite: {suite}\n" if indices.components else ""
    rows = "".join(describe_row(file, document.content or b"") for file, document in sorted(there.items()))
    return f"{name}Date: {format_release_date(date)}\nSHA256:\n{rows}".encode()


def describe_row(name: str, content: bytes) -> str:
    """Return the line of a Release file about a file."""
    return f" {hashlib.sha256(content).hexdigest()} {len(content)} {name}\n"


def fetch_smallest(agent: Agent, folder: str, name: str) -> tuple[str, Document] | None:
    """Fetch an index in the smallest form that is there and can be unpacked; return it with its name, None if there is none."""
    for suffix in filter(is_available, COMPRESSIONS):
        try:
            return name + suffix, fetch_document(agent, join_url(folder, name + suffix), LARGEST_INDEX)
        except NotThereError:
            continue
    return None


def read_date(document: Document) -> int:
    """Return when an index was last changed. Raise TrustError if its server does not say."""
    try:
        return parse_release_date(document.modified, "Last-Modified")
    except TrustError:
        raise TrustError(
            f"{display_url(document.url)}: there is no Release file, and the server does not say when this was last changed",
            "let the archive's owner make a Release file (apt-ftparchive release .)",
        ) from None
