"""Files that every builder puts into a root file system: the config's own, and apt's source of the compose."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from composelib.image.root.builder import RootJob
from composelib.model.paths import EXTRA_FOLDER
from composelib.text.json_file import read_json

KEYRING = "/usr/share/keyrings/compose-archive-key.asc"

Member = tuple[str, bytes, int]
"""Path within the root, content and mode of a file."""


def read_own_files(root: RootJob) -> Iterator[Member]:
    """Yield the files that the config puts into a root, and apt's source of the compose."""
    if root.files:
        yield from read_listed(root.files)
    if root.address:
        components = root.repositories[0][1]
        yield from describe_apt_source(root.address, root.suite, components, root.key.read_bytes())


def read_listed(listing: Path) -> Iterator[Member]:
    """Yield the files of a list that the stage `extra_files` wrote."""
    for row in read_json(listing)["files"]:
        path = listing.parent / EXTRA_FOLDER / row["path"]
        usual = 0o755 if os.access(path, os.X_OK) else 0o644
        yield row["path"], path.read_bytes(), int(row["mode"], 8) if "mode" in row else usual


def read_owned(root: RootJob) -> list[tuple[str, str, str]]:
    """Return the config's files that have an owner of their own: their paths, owners and modes."""
    rows = read_json(root.files)["files"] if root.files else []
    return [(f"/{row['path']}", row["owner"], row.get("mode", "")) for row in rows if "owner" in row]


def describe_apt_source(address: str, suite: str, components: Iterable[str], key: bytes) -> Iterator[Member]:
    """Yield the files by which the root's own apt finds the repository at the address where it will be served."""
    text = f"Types: deb\nURIs: {address}\nSuites: {suite}\nComponents: {' '.join(components)}\n"
    yield KEYRING, key, 0o644
    yield "/etc/apt/sources.list.d/compose.sources", f"{text}Signed-By: {KEYRING}\n".encode(), 0o644


def lay_out(folder: Path, members: Iterable[Member]) -> None:
    """Write files below a folder that stands for the root, whatever the umask."""
    for name, content, mode in members:
        path = folder / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
    for path in folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)


def pack(target: Path, members: Iterable[Member]) -> None:
    """Write files to a tar, owned by root and without a date."""
    import tarfile
    from io import BytesIO

    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
        for name, content, mode in members:
            info = tarfile.TarInfo(name.lstrip("/"))
            info.size, info.mode = len(content), mode
            tar.addfile(info, BytesIO(content))


def write_program(path: Path, text: str) -> Path:
    """Write an executable file and return its path."""
    path.write_text(text)
    path.chmod(0o755)
    return path
