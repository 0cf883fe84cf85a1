"""The licences of the .debs of the store."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from composelib.archive.format.stanza import StanzaError
from composelib.errors import TrustError
from composelib.fetch.file_lists import FileLists
from composelib.fetch.store import open_store


def read_licences(root: Path, folder: Path, sums: Iterable[str]) -> dict[str, list[str]]:
    """Return the licences of .debs of a store as their copyright files name them, by SHA256; `folder` remembers them.

    Raise TrustError naming a .deb that cannot be read.
    """
    store, lists, ordered = open_store(root), FileLists(folder), sorted(set(sums))
    for sha256 in ordered:
        store.verify(sha256)
    store.settle()

    def read(sha256: str) -> list[str]:
        try:
            return lists.read(sha256, store.locate(sha256)).licences
        except StanzaError as error:
            raise TrustError(f"{store.locate(sha256)}: {error}", "the archive is broken; exclude the package") from None

    with ThreadPoolExecutor() as threads:
        return dict(zip(ordered, threads.map(read, ordered), strict=True))
