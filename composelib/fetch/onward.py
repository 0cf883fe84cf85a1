"""Package files on their way out of the pool: each is hashed when it is copied onto a medium or into a root."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from composelib.errors import TrustError
from composelib.fetch.store import AGAIN, Store, hash_file, open_store
from composelib.files import discard
from composelib.model.paths import locate_stored

NAMED = 10
"""How many damaged files an error names."""


@contextmanager
def hashing(store_root: Path, files: Iterable[tuple[Path, str]]) -> Iterator[Callable[[], None]]:
    """Hash package files, given with their SHA256s, while the block copies them; it calls what is yielded when it has.

    That call raises TrustError if a file is not what it should be, or was not all the time. A damaged one is removed, from
    the pool and from the store, so that the next run fetches it again.
    """
    rows = [(path, sha256, read_inode(path)) for path, sha256 in files]
    with ThreadPoolExecutor() as threads:
        hashes = [threads.submit(hash_file, path) for path, _, _ in rows]

        def finish() -> None:
            damaged = [
                (path, sha256)
                for (path, sha256, inode), future in zip(rows, hashes, strict=True)
                if future.result() != sha256 or (read_inode(path) != inode and hash_file(path) != sha256)
            ]
            if damaged:
                remove_damaged(open_store(store_root), damaged)

        try:
            yield finish
        finally:
            threads.shutdown(cancel_futures=True)


def check_stored(store_root: Path, names: Iterable[str]) -> None:
    """Hash files of the store. Raise TrustError if one is damaged; it is removed, so that the next run fetches it again."""
    with hashing(store_root, [(locate_stored(store_root, sha256), sha256) for sha256 in names]) as finish:
        finish()


def remove_damaged(store: Store, files: Iterable[tuple[Path, str]]) -> None:
    """Remove damaged files and what they are links to in the store, and raise TrustError naming them."""
    paths = []
    for path, sha256 in files:
        paths.append(str(path))
        stored = store.locate(sha256)
        if stored.is_symlink() or hash_file(stored) != sha256:
            store.drop(stored)
        discard(path)
    more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
    raise TrustError(f"{', '.join(paths[:NAMED])}{more}: damaged since it was fetched, so removed", AGAIN)


def read_inode(path: Path) -> tuple[int, ...]:
    """Return what shows that a file was not touched; nothing if it is not there."""
    try:
        status = os.lstat(path)
    except OSError:
        return ()
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
