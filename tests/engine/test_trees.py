"""Digests of tree lists: by content, and without reading what has not changed or what the store's ledger vouches for.

Also covers: composelib.engine.verified_inputs.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from composelib.engine import trees as module
from composelib.engine.trees import Trees
from composelib.fetch.store import open_store
from tests.kit.task_world import World

SHA256 = hashlib.sha256(b"one").hexdigest()


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SETTLED", -1)


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    """Return a list of a file that is the store's, and of one that is not."""
    store = open_store(tmp_path / "store/sha256")
    store.locate(SHA256).parent.mkdir(parents=True)
    store.locate(SHA256).write_text("one")
    store.link(SHA256, tmp_path / "demo/compose/pool")
    (tmp_path / "demo/compose/own").write_text("two")
    listing = tmp_path / "demo/list"
    listing.write_text("compose/own\ncompose/pool\n")
    return listing


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the members that are read."""
    paths: list[str] = []
    original = module.hash_member

    def read(path: Path) -> str:
        paths.append(path.name)
        return original(path)

    monkeypatch.setattr(module, "hash_member", read)
    return paths


def test_a_tree_changes_with_its_list_and_with_its_members(listing: Path) -> None:
    trees = Trees(listing.parent)
    digests = [trees.of(listing)]
    listing.write_text("compose/own\n")
    digests.append(trees.of(listing))
    (listing.parent / "compose/own").write_text("owt")
    digests.append(trees.of(listing))
    (listing.parent / "compose/own").chmod(0o600)
    digests.append(trees.of(listing))
    (listing.parent / "compose/own").unlink()
    digests.append(trees.of(listing))
    listing.unlink()
    assert len({*digests, trees.of(listing)}) == 6
    assert trees.of(listing) is None


def test_what_is_in_a_folder_that_a_tree_claims_whole_does_not_count(tmp_path: Path) -> None:
    listing = tmp_path / "list"
    listing.write_text("pool/\n")
    (tmp_path / "pool").mkdir()
    trees = Trees(tmp_path)
    first = trees.of(listing)
    (tmp_path / "pool" / "a").touch()
    assert trees.of(listing) == first


def test_a_member_is_read_once_and_not_at_all_if_the_store_vouches_for_it(listing: Path, reads: list[str]) -> None:
    trees = Trees(listing.parent)
    assert trees.of(listing) == trees.of(listing)
    assert reads == ["own"]


def test_a_link_that_we_make_changes_nothing_and_costs_no_reading(listing: Path, reads: list[str]) -> None:
    trees = Trees(listing.parent)
    first = trees.of(listing)
    open_store(listing.parents[1] / "store/sha256").link(SHA256, listing.parent / "published")
    (listing.parent / "compose/own").unlink()
    (listing.parent / "compose/own").write_text("two")
    reads.clear()
    assert trees.of(listing) == first
    assert reads == ["own"]


def test_an_edit_of_a_pool_file_is_seen_whatever_the_times_say(listing: Path) -> None:
    trees = Trees(listing.parent)
    first = trees.of(listing)
    pool = listing.parent / "compose/pool"
    earlier = pool.stat()
    pool.write_text("eno")
    os.utime(pool, ns=(earlier.st_atime_ns, earlier.st_mtime_ns))
    assert trees.of(listing) != first


def test_what_is_forgotten_is_read_again(listing: Path, reads: list[str]) -> None:
    trees = Trees(listing.parent)
    trees.of(listing)
    trees.forget(str(listing))
    reads.clear()
    trees.of(listing)
    assert reads == ["own", "pool"]


def test_what_is_released_is_read_only(world: World) -> None:
    world.task("a", ["in"], "compose/a")
    world.task("b", ["in"], "work/b", "tree", trees=["work/b"], members=["compose/x"])
    assert world.run().status == 0
    modes = {name: world.path(name).stat().st_mode & 0o777 for name in ("compose/a", "compose/x", "work/b")}
    assert modes == {"compose/a": 0o444, "compose/x": 0o444, "work/b": 0o644}
    assert world.run().ran == []


def test_a_task_that_uses_rotten_input_fails_and_the_next_run_makes_the_input_again(world: World) -> None:
    world.task("a", ["in"], "compose/a")
    world.task("b", ["compose/a"], "compose/b")
    world.run()
    world.run()
    rot(world, "compose/a")
    world.task("c", ["compose/a"], "compose/c")
    ended = world.run()
    assert ended.status == 4
    assert "build/demo/compose/a: its bytes changed though nobody wrote to it" in ended.out + ended.err
    assert world.run().ran == ["a", "c"]
    assert world.read("compose/c") == "one"


def rot(world: World, name: str) -> None:
    """Change a file as a failing disk does, which no field of its inode shows: here, the records have the new ones."""
    earlier = world.path(name).stat()
    world.write(name, world.read(name)[::-1])
    os.utime(world.path(name), ns=(earlier.st_atime_ns, earlier.st_mtime_ns))
    path = world.path(name).relative_to(world.folder)
    with closing(sqlite3.connect(world.folder / "build/demo/state.sqlite")) as connection, connection:
        changed = connection.execute(
            "UPDATE digest SET inode = ?, ctime = ? WHERE path = ?",
            (world.path(name).stat().st_ino, world.path(name).stat().st_ctime_ns, str(path)),
        )
        assert changed.rowcount == 1


@pytest.mark.parametrize("command", [("-a",), ("forget",)])
def test_rot_that_no_time_shows_is_healed_by_reading_everything_again(world: World, command: tuple[str, ...]) -> None:
    world.task("a", ["in"], "compose/a")
    world.task("b", ["compose/a"], "compose/b")
    world.run()
    world.run()  # its digests are kept once the files are not brand new
    rot(world, "compose/a")
    assert world.run().ran == []
    world.run(*command)
    world.run()
    assert world.read("compose/a") == world.read("compose/b") == "one"
