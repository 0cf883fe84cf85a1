"""Files that appear complete or not at all, and folders that disappear completely."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from composelib.files import (
    break_link,
    discard,
    link_file,
    make_read_only,
    open_lock,
    open_own,
    read_epoch,
    read_link_name,
    remove_tree,
    scratch_folder,
    sha256_of,
    write_file,
    written_aside,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fail_after_writing(path: Path) -> None:
    with written_aside(path) as aside:
        aside.write_text("two")
        raise ValueError("no")


def test_a_file_appears_when_the_block_succeeds(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "a"
    with written_aside(path) as aside:
        aside.write_text("one")
        assert not path.exists()
    assert (path.read_text(), names(path.parent)) == ("one", ["a"])


def test_a_block_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    with pytest.raises(ValueError, match="no"):
        fail_after_writing(tmp_path / "a")
    assert ((tmp_path / "a").read_text(), names(tmp_path)) == ("one", ["a"])


def test_a_block_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing was written"), written_aside(tmp_path / "a"):
        pass
    with pytest.raises(FileNotFoundError, match="nothing was written"), written_aside(tmp_path / "a") as aside:
        aside.touch()
    assert names(tmp_path) == []


def test_a_text_may_be_empty(tmp_path: Path) -> None:
    write_file(tmp_path / "a", "")
    write_file(tmp_path / "b", b"\xff")
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()) == (b"", b"\xff")


def test_an_error_of_writing_names_the_file() -> None:
    with pytest.raises(OSError, match="/proc/") as caught:
        write_file(Path("/proc/a"), "")
    assert str(caught.value.filename).startswith("/proc/")


def test_a_digest_and_an_epoch_are_read_from_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1700000000\n")
    assert read_epoch(tmp_path / "a") == 1700000000
    assert sha256_of(tmp_path / "a") == hashlib.sha256(b"1700000000\n").hexdigest()


def test_a_link_is_the_same_file_and_replaces_another(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    (tmp_path / "b").write_text("two")
    link_file(tmp_path / "a", tmp_path / "b")
    link_file(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").samefile(tmp_path / "a")
    assert names(tmp_path) == ["a", "b"]


def test_where_there_can_be_no_link_there_is_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("another device")

    monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "a").write_text("one")
    link_file(tmp_path / "a", tmp_path / "b")
    assert ((tmp_path / "b").read_text(), (tmp_path / "b").samefile(tmp_path / "a")) == ("one", False)


def test_a_scratch_folder_begins_empty_and_is_gone_afterwards(tmp_path: Path) -> None:
    (tmp_path / "a" / "old").mkdir(parents=True)
    with scratch_folder(tmp_path / "a") as folder:
        assert names(folder) == []
        (folder / "new").touch()
    assert not (tmp_path / "a").exists()


def test_a_link_to_a_folder_is_removed_not_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").touch()
    (tmp_path / "b").symlink_to("a")
    remove_tree(tmp_path / "b")
    assert (names(tmp_path), names(tmp_path / "a")) == (["a"], ["file"])


def test_nothing_is_removed_below_a_mount(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.setattr("composelib.files.list_mounts", lambda directory: [directory / "b"])
    with pytest.raises(OSError, match="something is mounted there"):
        remove_tree(tmp_path / "a")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_link_is_discarded_not_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    discard(tmp_path / "link")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_folder_is_replaced_by_the_file_that_belongs_there(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    write_file(tmp_path / "a", "text")
    assert (tmp_path / "a").read_text() == "text"
    (tmp_path / "b/c").mkdir(parents=True)
    link_file(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_text() == "text"


@pytest.mark.parametrize(
    ("target", "name"),
    [("one", "one"), ("../below/one", ""), ("/", ""), ("..", ""), (".", ""), ("gone", ""), ("file", ""), ("link", "")],
)
def test_a_link_names_the_folder_beside_it_or_nothing(tmp_path: Path, target: str, name: str) -> None:
    (tmp_path / "below/one").mkdir(parents=True)
    (tmp_path / "below/file").touch()
    (tmp_path / "below/link").symlink_to("one")
    (tmp_path / "below/latest").symlink_to(target)
    assert read_link_name(tmp_path / "below/latest") == name
    assert read_link_name(tmp_path / "below/one") == ""


@pytest.mark.parametrize(("mode", "target"), [(0o600, 0o444), (0o644, 0o444), (0o700, 0o555), (0o4755, 0o555)])
def test_what_is_made_read_only_all_may_read(tmp_path: Path, mode: int, target: int) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "a").chmod(mode)
    make_read_only(tmp_path / "a")
    assert (tmp_path / "a").stat().st_mode & 0o7777 == target


def put_there(path: Path, kind: str, victim: Path) -> None:
    """Put a file of a kind at a path; a link leads to `victim`."""
    put: dict[str, Callable[[], object]] = {
        "link": lambda: path.symlink_to(victim),
        "hard link": lambda: path.hardlink_to(victim),
        "fifo": lambda: os.mkfifo(path),
        "folder": path.mkdir,
        "file": lambda: path.write_text("of an earlier run"),
        "nothing": lambda: None,
    }
    put[kind]()


@pytest.mark.parametrize("kind", ["link", "hard link", "fifo", "folder", "file", "nothing"])
def test_a_file_of_ours_is_opened_in_place_of_whatever_stands_there(tmp_path: Path, kind: str) -> None:
    path, victim = tmp_path / "log", tmp_path / "victim"
    victim.write_text("theirs")
    put_there(path, kind, victim)
    with os.fdopen(open_own(path, os.O_WRONLY | os.O_TRUNC), "w") as stream:
        stream.write("ours")
    assert (path.read_text(), victim.read_text()) == ("ours", "theirs")


@pytest.mark.parametrize("kind", ["link", "hard link", "fifo", "folder", "file", "nothing"])
def test_a_lock_is_held_by_one_alone_whatever_stands_there(tmp_path: Path, kind: str) -> None:
    path, victim = tmp_path / "lock", tmp_path / "victim"
    victim.touch()
    put_there(path, kind, victim)
    first = open_lock(path)
    fcntl.flock(first, fcntl.LOCK_EX)
    (tmp_path / "backup").hardlink_to(path)
    second = open_lock(path)
    with pytest.raises(BlockingIOError):
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(first)
    os.close(second)


def test_a_hard_link_is_replaced_by_a_copy_and_nothing_else_is_touched(tmp_path: Path) -> None:
    path, victim = tmp_path / "state", tmp_path / "victim"
    for kind in ("link", "fifo", "folder", "file", "nothing"):
        put_there(path, kind, victim)
        assert not break_link(path)
        discard(path)
    victim.write_text("theirs")
    put_there(path, "hard link", victim)
    assert break_link(path)
    path.write_text("ours")
    assert (path.read_text(), victim.read_text()) == ("ours", "theirs")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="exists") as raised:
        write_file(tmp_path / "file/below", "text")
    assert raised.value.filename == str(tmp_path / "file/below")
