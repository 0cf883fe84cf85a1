"""A copy of a tree that nothing changes any more."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from composelib.commands.shared import frozen_tree
from composelib.commands.shared.frozen_tree import freeze
from composelib.fetch.store import open_store
from composelib.files import write_file


def test_large_files_and_objects_of_ostree_are_linked_and_their_status_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frozen_tree, "LARGE", 10)
    monkeypatch.setattr(frozen_tree, "share_blocks", lambda *_: False)
    tree = tmp_path / "tree"
    for name in ("small", "large.iso", "ostree/repo/objects/ab/cd.filez"):
        write_file(tree / name, "0123456789"[: 10 if "large" in name else 5])
    frozen = freeze(tree, tmp_path / "frozen", open_store(tmp_path / "store"), {})
    assert (frozen.files, frozen.size) == (3, 20)
    linked = [tree / "large.iso", tree / "ostree/repo/objects/ab/cd.filez"]
    assert sorted(frozen.relinked) == linked
    assert all((tmp_path / "frozen" / path.relative_to(tree)).samefile(path) for path in linked)
    before, after = frozen.relinked[linked[0]]
    assert (before.st_nlink, after.st_nlink) == (1, 2)


def test_what_cannot_be_linked_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(frozen_tree, "LARGE", 1)
    monkeypatch.setattr(os, "link", refuse)
    write_file(tmp_path / "tree/file", "content")
    freeze(tmp_path / "tree", tmp_path / "frozen", open_store(tmp_path / "store"), {})
    assert (tmp_path / "frozen/file").read_text() == "content"


def test_what_a_killed_publishing_left_is_replaced(tmp_path: Path) -> None:
    write_file(tmp_path / "tree/file", "content")
    write_file(tmp_path / ".frozen.new/junk", "junk")
    freeze(tmp_path / "tree", tmp_path / "frozen", open_store(tmp_path / "store"), {})
    assert [path.name for path in (tmp_path / "frozen").iterdir()] == ["file"]
    assert not (tmp_path / ".frozen.new").exists()
