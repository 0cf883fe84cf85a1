from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from composelib.errors import ComposeError, TrustError
from composelib.fetch.store import Store, hash_file, open_store
from tests.fetch.conftest import SHA256


def test_a_right_file_is_there_and_recorded_once_settled(store: Store) -> None:
    assert store.has(SHA256, 1)
    assert not open_store(store.root).ledger.signatures
    store.settle()
    assert list(open_store(store.root).ledger.signatures) == [SHA256]


def test_a_recorded_file_is_read_only(store: Store) -> None:
    store.has(SHA256, 1)
    assert store.locate(SHA256).stat().st_mode & 0o777 == 0o444


def test_a_file_of_another_size_is_dropped(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert not store.has(SHA256, 2)
    assert not store.locate(SHA256).exists()
    assert "damaged in the store, so removed" in capsys.readouterr().out


def test_a_file_that_is_absent_is_not_there(store: Store) -> None:
    assert not store.has("0" * 64, 1)


def test_a_fifo_in_place_of_the_lock_is_not_waited_for(store: Store) -> None:
    os.mkfifo(store.root.with_name("lock"))
    assert store.vouch(store.locate(SHA256).stat()) == ""
    assert store.has(SHA256, 1)
    store.settle()
    assert store.root.with_name("lock").is_file()


def test_what_cannot_be_read_has_no_hash(tmp_path: Path) -> None:
    assert hash_file(tmp_path) == ""


# links


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Note the files that are hashed."""
    paths: list[Path] = []

    def hash_noted(path: Path) -> str:
        paths.append(path)
        return hash_file(path)

    monkeypatch.setattr("composelib.fetch.store.hash_file", hash_noted)
    return paths


def test_links_that_we_make_and_remove_cost_no_reading(store: Store, hashed: list[Path]) -> None:
    pool = store.root.with_name("pool")
    with store.linking():
        store.link(SHA256, pool / "a")
        store.link(SHA256, pool / "b")
    other = open_store(store.root)
    other.unlink(pool / "a")
    assert open_store(store.root).has(SHA256, 1)
    assert store.vouch((pool / "b").lstat()) == SHA256
    assert len(hashed) == 1


def test_a_link_that_another_makes_costs_a_reading_but_is_believed(store: Store, hashed: list[Path]) -> None:
    store.has(SHA256, 1)
    store.root.with_name("a").hardlink_to(store.locate(SHA256))
    assert store.vouch(store.locate(SHA256).lstat()) == ""
    assert store.has(SHA256, 1)
    assert len(hashed) == 2


def test_an_edit_through_a_link_is_seen_whatever_the_times_say(store: Store) -> None:
    store.link(SHA256, store.root.with_name("a"))
    earlier = store.locate(SHA256).stat()
    store.root.with_name("a").write_bytes(b"y")
    os.utime(store.locate(SHA256), ns=(earlier.st_atime_ns, earlier.st_mtime_ns))
    with pytest.raises(TrustError, match=f"{SHA256}: it was damaged, so it is removed; run again"):
        store.link(SHA256, store.root.with_name("b"))
    assert store.damaged == [store.locate(SHA256)]
    assert not store.locate(SHA256).exists()
    with pytest.raises(ComposeError, match="it is not in the store; run again"):
        store.link(SHA256, store.root.with_name("b"))


def test_replacing_a_link_keeps_the_ledger_true_for_the_file_it_led_to(store: Store, hashed: list[Path]) -> None:
    other = hashlib.sha256(b"y").hexdigest()
    store.locate(other).parent.mkdir(exist_ok=True)
    store.locate(other).write_bytes(b"y")
    store.link(SHA256, store.root.with_name("a"))
    store.link(other, store.root.with_name("a"))
    assert store.vouch(store.locate(SHA256).lstat()) == SHA256
    assert len(hashed) == 2


def test_an_unlinked_damaged_copy_does_not_vouch_for_the_store(store: Store) -> None:
    store.link(SHA256, store.root.with_name("a"))
    store.locate(SHA256).unlink()
    store.locate(SHA256).write_bytes(b"y")
    store.unlink(store.root.with_name("a"))
    assert not store.has(SHA256, 1)
