from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from composelib.engine import walk
from composelib.engine.claims import claim_paths
from composelib.engine.memory import recall
from composelib.engine.state_db import Records
from composelib.task import Task


class Tree:
    """A tree with two folders, which is large enough to be remembered."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "demo"
        listing = self.root / "work/list"
        for name in ("compose/a/1", "compose/a/2", "compose/b/3", "work/list"):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).touch()
        listing.write_text("compose/a/1\ncompose/a/2\n")
        self.tasks = (Task("t", "", partial(print), (), (listing, self.root / "compose/b/3"), {}, trees=(listing,)),)
        self.records = Records(folder / "state.sqlite", print)

    def walk(self) -> list[str]:
        claims = claim_paths(self.root, self.tasks)
        return walk.walk_tree(self.records, self.root, self.tasks, claims, remembers=True)

    def is_walked(self) -> bool:
        return walk.is_walked(self.records, self.root, self.tasks)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    monkeypatch.setattr(walk, "MANY", 2)
    monkeypatch.setattr(walk, "SETTLED", -1)
    return Tree(tmp_path)


def test_a_walk_that_met_nothing_is_remembered_and_a_new_status_does_not_matter(tree: Tree) -> None:
    assert not tree.is_walked()
    assert tree.walk() == []
    (tree.root / "compose/STATUS").touch()
    assert tree.is_walked()


@pytest.mark.parametrize("path", ["compose/evil", "compose/evil/", "compose/a/evil", "compose/b/evil/"])
def test_a_walk_is_made_again_once_anything_was_added(tree: Tree, path: str) -> None:
    tree.walk()
    if path.endswith("/"):
        (tree.root / path).mkdir()
    else:
        (tree.root / path).touch()
        os.utime((tree.root / path).parent, (0, 0))
    assert not tree.is_walked()
    assert tree.walk() == [path]
    assert not tree.is_walked()


def test_a_walk_is_made_again_once_a_folder_is_another(tree: Tree) -> None:
    tree.walk()
    (tree.root / "compose/a").rename(tree.root / "mine")
    (tree.root / "compose/a").symlink_to("../mine")
    assert not tree.is_walked()


def test_a_walk_is_made_again_once_a_task_claims_something_else(tree: Tree) -> None:
    tree.walk()
    (tree.root / "work/list").write_text("compose/a/1\n")
    assert not tree.is_walked()
    assert tree.walk() == ["compose/a/2"]


def test_a_walk_just_after_a_change_and_one_of_a_small_tree_are_not_remembered(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "SETTLED", 10**18)
    tree.walk()
    monkeypatch.setattr(walk, "SETTLED", -1)
    monkeypatch.setattr(walk, "MANY", 3)
    tree.walk()
    assert recall(tree.records, walk.NAME) == ""
