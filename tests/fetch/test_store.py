from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from composelib.fetch.store import Store, discard, hash_file, open_store

SHA256 = hashlib.sha256(b"x").hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Make a store with one file that is in no record."""
    store = open_store(tmp_path)
    store.place(SHA256).parent.mkdir()
    store.place(SHA256).write_bytes(b"x")
    return store


def test_a_right_file_is_there_and_recorded_once_settled(store: Store) -> None:
    assert store.has(SHA256, 1)
    assert not open_store(store.root).verified
    store.settle()
    assert list(open_store(store.root).verified) == [SHA256]


def test_a_recorded_file_is_read_only(store: Store) -> None:
    store.has(SHA256, 1)
    assert store.place(SHA256).stat().st_mode & 0o777 == 0o444


def test_a_file_of_another_size_is_dropped(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert not store.has(SHA256, 2)
    assert not store.place(SHA256).exists()
    assert "damaged in the store, so removed" in capsys.readouterr().out


def test_a_file_that_is_absent_is_not_there(store: Store) -> None:
    assert not store.has("0" * 64, 1)


@pytest.mark.parametrize("line", ["a 1 2 3", "a 1 2 3 ,", "a 1 2 .", "a 1 2 \u00b2 .", f"a 1 2 {'9' * 5000} ."])
def test_a_line_that_is_no_record_is_skipped(store: Store, line: str) -> None:
    (store.root / "verified").write_text(f"{line}\nb 1 2 3 .\n")
    assert list(open_store(store.root).verified) == ["b"]


def test_what_cannot_be_read_has_no_hash(tmp_path: Path) -> None:
    assert hash_file(tmp_path) == ""


def test_a_link_is_removed_not_its_target(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    discard(tmp_path / "link")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
