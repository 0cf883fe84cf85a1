"""Files that are put into a root file system whoever makes it: the config's own, and apt's source of the compose."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

EXTRA = "extra"  # beside the list of files, has them
KEYRING = "/usr/share/keyrings/compose-archive-key.asc"

Member = tuple[str, bytes, int]
"""Path within the root, content and mode of a file."""


def from_list(listing: Path) -> Iterator[Member]:
    """Give the files that the config puts into a root, from their list."""
    for row in json.loads(listing.read_text())["files"]:
        path = listing.parent / EXTRA / row["path"]
        yield row["path"], path.read_bytes(), 0o755 if os.access(path, os.X_OK) else 0o644


def apt_source(address: str, suite: str, components: Iterable[str], key: bytes) -> Iterator[Member]:
    """Give what lets the root's own apt find the repository where it will be served."""
    text = f"Types: deb\nURIs: {address}\nSuites: {suite}\nComponents: {' '.join(components)}\n"
    yield KEYRING, key, 0o644
    yield "/etc/apt/sources.list.d/compose.sources", f"{text}Signed-By: {KEYRING}\n".encode(), 0o644


def lay(folder: Path, members: Iterable[Member]) -> None:
    """Write files below a folder that stands for the root, whatever the umask."""
    for name, content, mode in members:
        path = folder / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
    for place in folder.rglob("*"):
        if place.is_dir():
            place.chmod(0o755)
