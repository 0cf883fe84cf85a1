"""Which files of the store are in use: those that a list of a compose's work, or a lock, names by their SHA256."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from composelib.engine.ownership import read_owner
from composelib.errors import ComposeError
from composelib.fetch.file_lists import FileLists
from composelib.fetch.package_identity import IdentityRecord
from composelib.fetch.store import open_store
from composelib.model.paths import LOCK, MARKER, ComposePaths
from composelib.model.repository_paths import TREE

STORE_NAME = re.compile(r"[0-9a-f]{64}")
NAMED = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
LISTS = (".list", ".stored", ".json")
"""The suffixes of files that list what a stage takes from the store."""
WITHOUT_LISTS = frozenset({"tmp", "chroot"})
"""Folders of work that are not searched: what tasks need while they run, and the unpacked roots of builds, whose files are anybody's."""


def list_used(build: Path, outdated: Collection[Path] = ()) -> frozenset[str]:
    """Return the SHA256s that any list or lock of a compose of this build folder names, whatever the stage that wrote it.

    `outdated` are published trees whose locks do not count.
    """
    used: set[str] = set()
    lists = (listing for work in build.glob("*/work") for listing in find_lists(work))
    for listing in (*lists, *find_locks(build, outdated)):
        with suppress(FileNotFoundError, NotADirectoryError):
            used.update(list_named(listing))
    return frozenset(used)


def list_named(listing: Path) -> Iterator[str]:
    """Yield the SHA256s in a list. Raise ComposeError if it is no file: what it named must not be removed for that."""
    if not stat.S_ISREG(listing.stat().st_mode):
        raise ComposeError(
            f"{listing}: is no file, so what it named of the store is not known", "remove it, then run again"
        )
    yield from map(bytes.decode, NAMED.findall(listing.read_bytes()))


def find_locks(build: Path, outdated: Collection[Path]) -> Iterator[Path]:
    """Yield the lock of each tree, and the paths of those beside the configs of the composes."""
    trees = (*build.glob(f"*/{TREE}"), *build.glob("*/published/*"))
    yield from (tree / LOCK for tree in trees if tree not in outdated and not tree.is_symlink())
    owners = (read_owner(marker) for marker in build.glob(f"*/{MARKER}"))
    yield from (Path(owner.config).with_suffix(".lock") for owner in owners if owner and Path(owner.config).name)


def find_lists(work: Path) -> Iterator[Path]:
    """Yield the lists below a compose's folder of intermediate files."""
    for folder, below, names in os.walk(work):
        if Path(folder) == work:
            below[:] = [name for name in below if name not in WITHOUT_LISTS]
        yield from (Path(folder, name) for name in names if name.endswith(LISTS))


def drop_records(paths: ComposePaths) -> None:
    """Drop what is recorded of package files that the store no longer has. No run may be at work in the build folder."""
    store, record = open_store(paths.store), IdentityRecord(paths.store_controls)
    record.load()
    names = {path.name for path in paths.store.glob("*/*")}
    try:
        store.forget(store.ledger.signatures.keys() - names)
        record.retain(names)
        FileLists(paths.store_contents).retain(names)
    except OSError as error:
        if error.errno != errno.ENOSPC:  # then the next prune does it
            raise
