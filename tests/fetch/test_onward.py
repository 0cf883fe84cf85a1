"""Package files are hashed when they leave the pool; what is damaged is named and removed, so that it is fetched again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from composelib.errors import TrustError
from composelib.fetch.onward import check_stored, hashing
from composelib.fetch.store import Store, open_store

SHA256 = hashlib.sha256(b"x").hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Make a store with one file, which is linked into a pool."""
    store = open_store(tmp_path / "sha256")
    store.locate(SHA256).parent.mkdir(parents=True)
    store.locate(SHA256).write_bytes(b"x")
    store.link(SHA256, tmp_path / "pool")
    return store


def test_what_is_right_passes_even_if_it_is_linked_meanwhile(store: Store, tmp_path: Path) -> None:
    check_stored(store.root, [SHA256])
    with hashing(store.root, [(tmp_path / "pool", SHA256)]) as finish:
        store.link(SHA256, tmp_path / "other")
        finish()


def test_rot_is_found_though_the_ledger_vouches_for_the_file(store: Store, tmp_path: Path) -> None:
    with (tmp_path / "pool").open("r+b") as stream:
        stream.write(b"y")
    store.ledger.record(SHA256, store.locate(SHA256).lstat())
    store.settle()
    with (
        hashing(store.root, [(tmp_path / "pool", SHA256)]) as finish,
        pytest.raises(
            TrustError, match="pool: damaged since it was fetched, so removed; run again: it is fetched again"
        ),
    ):
        finish()
    assert not (tmp_path / "pool").exists()
    assert not store.locate(SHA256).exists()


def test_what_is_damaged_while_it_is_copied_is_found(store: Store, tmp_path: Path) -> None:
    with hashing(store.root, [(tmp_path / "pool", SHA256)]) as finish:
        store.unlink(tmp_path / "pool")
        (tmp_path / "pool").write_bytes(b"y")
        with pytest.raises(TrustError, match="pool: damaged"):
            finish()
    assert store.has(SHA256, 1)


def test_what_is_missing_is_named(store: Store) -> None:
    with pytest.raises(TrustError, match="0000: damaged since it was fetched"):
        check_stored(store.root, ["0" * 64])
