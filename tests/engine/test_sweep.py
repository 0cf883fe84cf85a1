"""Who answers for a file: what is removed, what is named and left alone.

Also covers: composelib.engine.claims, composelib.engine.made.
"""

from __future__ import annotations

import json
import socket
import sqlite3
from pathlib import Path

import pytest

from composelib.config import load
from tests.kit.demo_compose import make_demo
from tests.kit.file_owners import find_misowned, list_owners
from tests.kit.task_world import World
from tests.kit.tiny_archive import TinyArchive


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a world with a task that makes a file, and one that makes a tree."""
    world = World(tmp_path / "world")
    world.write("in", "1")
    world.task("a", ["in"], "compose/a")
    world.task("t", ["in"], "work/t.list", "tree", trees=["work/t.list"], members=["compose/pool/x", "compose/pool/y"])
    return world


def named(err: str) -> list[str]:
    """Return what warnings name as made by no task."""
    lines = (line.removeprefix("warning: build/demo/compose/") for line in err.splitlines() if "no task made" in line)
    return [line.partition(":")[0] for line in lines]


def test_a_file_that_no_task_made_is_named_at_each_run_and_left_alone(world: World) -> None:
    assert world.run().err == ""
    world.write("compose/evil.sh", "mine")
    world.write("compose/pool/evil", "mine")
    assert named(world.run().err) == ["evil.sh", "pool/evil"]
    world.write("in", "2")
    ended = world.run()
    assert (ended.status, named(ended.err)) == (0, ["evil.sh", "pool/evil"])
    assert "compose/evil.sh: no task made it; move it away (publish refuses it)" in ended.err
    assert named(world.run("copy:a").err) == ["evil.sh", "pool/evil"]
    assert world.read("compose/evil.sh") + world.read("compose/pool/evil") == "minemine"


def test_folders_links_and_sockets_that_no_task_made_are_named_and_left_alone(world: World, tmp_path: Path) -> None:
    world.run()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/file").touch()
    world.path("compose/empty").mkdir()
    world.path("compose/link").symlink_to(tmp_path / "mine")
    world.path("compose/nowhere").symlink_to("none")
    world.write("compose/full/of/things", "mine")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(world.path("compose/socket")))
    world.write("in", "2")
    names = ["empty/", "full/", "link", "nowhere", "socket"]
    ended = world.run()
    assert (ended.status, named(ended.err)) == (0, names)
    assert all(world.path(f"compose/{name}").lstat() for name in names)
    assert (tmp_path / "mine/file").exists()


def test_what_is_beside_the_published_composes_is_named_and_left_alone(world: World) -> None:
    world.run()
    for name in ("demo-1-20260101.t.0/x", ".demo-1-20260101.t.1.new/x", "mine/x", "notes", ".taken"):
        world.write(f"published/{name}", "mine")
    world.path("published/latest").symlink_to("demo-1-20260101.t.0")
    world.path("published/link").symlink_to("demo-1-20260101.t.0")
    lines = [line for line in world.run().err.splitlines() if "did not make it" in line]
    assert [line.partition(":")[2].partition(":")[0] for line in lines] == [
        f" build/demo/published/{name}" for name in ("link", "mine", "notes")
    ]
    assert world.read("published/notes") == "mine"


def test_no_more_than_ten_are_named_and_the_rest_is_counted(world: World) -> None:
    world.run()
    for number in range(13):
        world.write(f"compose/{number:02}", "mine")
    ended = world.run()
    assert named(ended.err)[:10] == [f"{number:02}" for number in range(10)]
    assert "3 more files and folders that no task made" in ended.err


def test_what_no_task_makes_any_more_is_told_by_the_plan_and_removed(world: World) -> None:
    world.run()
    world.drop("t")
    world.write("compose/evil", "mine")
    assert "to be removed: build/demo/compose/pool/\n" in world.run("plan").out
    assert json.loads(world.run("plan", "--json").out)["removed"] == ["build/demo/compose/pool/"]
    assert "to be removed" not in world.run("plan", "copy:a").out
    assert world.run().status == 0
    assert sorted(world.tree()) == ["a", "evil"]
    assert not world.path("compose/pool").exists()
    assert not world.path("work/t.list").exists()
    assert "to be removed" not in world.run("plan").out


def test_an_output_that_a_task_makes_no_more_is_removed(world: World) -> None:
    world.task("a", ["in"], ["compose/a", "compose/b"])
    world.run()
    world.task("a", ["in"], "compose/a")
    assert "to be removed: build/demo/compose/b\n" in world.run("plan").out
    assert world.run().err == ""
    assert not world.path("compose/b").exists()


def test_a_member_that_a_tree_has_no_more_is_removed(world: World) -> None:
    world.run()
    world.task("t", ["in"], "work/t.list", "tree", uses={"n": 2}, trees=["work/t.list"], members=["compose/pool/y"])
    ended = world.run()
    assert (ended.status, ended.err) == (0, "")
    assert sorted(world.tree()) == ["a", "pool/y"]


def test_a_folder_that_has_both_is_entered(world: World) -> None:
    world.run()
    world.drop("t")
    world.write("compose/pool/evil", "mine")
    out = world.run("plan").out
    assert "to be removed: build/demo/compose/pool/x\n" in out
    assert "to be removed: build/demo/compose/pool/y\n" in out
    assert named(world.run().err) == ["pool/evil"]
    assert sorted(world.tree()) == ["a", "pool/evil"]


@pytest.mark.parametrize("forgets", [False, True])
def test_what_a_failed_task_made_is_removed_once_the_task_is_gone(world: World, forgets: bool) -> None:
    world.run()
    world.write(
        "work.py", world.read("work.py").replace("+ member)\n", "+ member)\n    raise ComposeError('broken')\n")
    )
    world.task("t", ["in"], "work/t.list", "tree", uses={"n": 2}, trees=["work/t.list"], members=["compose/new/z"])
    ended = world.run()
    assert (ended.status, named(ended.err)) == (1, [])
    if forgets:
        world.run("forget")
    world.drop("t")
    ended = world.run()
    assert (ended.status, named(ended.err)) == (0, [])
    assert sorted(world.tree()) == ["a"]


def test_what_a_killed_run_made_is_removed_once_the_task_is_gone(world: World) -> None:
    world.run()
    world.task(
        "k", ["in"], ["compose/k/1", "compose/k/2"], "shell", trees=[],
        script='touch "$(dirname $1)/1" "$(dirname $1)/.2.new"; touch half; sleep 60',
    )  # fmt: skip
    with world.started("-n", "1") as process:
        world.wait_for("half")
        process.kill()
    world.drop("k")
    ended = world.run()
    assert (ended.status, named(ended.err)) == (0, [])
    assert sorted(world.tree()) == ["a", "pool/x", "pool/y"]
    assert not world.path("compose/k").exists()


def test_what_an_earlier_program_made_is_removed_though_it_recorded_only_outputs_and_lists(world: World) -> None:
    world.run()
    with sqlite3.connect(world.path("./state.sqlite")) as connection:
        connection.execute("DROP TABLE made")
    connection.close()
    world.drop("t")
    world.run("forget")
    assert named(world.run().err) == []
    assert sorted(world.tree()) == ["a"]


def test_every_file_of_a_compose_is_one_tasks_and_a_package_for_all_arches_is_its_repositorys(
    tmp_path: Path, archive: TinyArchive
) -> None:
    archive.arches = ("amd64", "arm64")
    demo = make_demo(tmp_path, archive)
    for name in ("init", "shell", "mailer"):
        archive.add(name, arch="arm64", Priority="required" if name == "init" else "optional")
    archive.add("webserver", "2:3.1-1", "arm64", Depends="web-common")
    archive.publish()
    demo.edit("arches: [amd64]", "arches: [amd64, arm64]")
    assert demo.doit().status == 0
    compose = load(demo.config, build=demo.folder / "build")
    assert find_misowned(compose) == []
    (shared,) = demo.tree.rglob("web-common_*_all.deb")
    owners = list_owners(compose)[str(shared.relative_to(demo.root))]
    assert owners == {"createrepo:Server:amd64", "createrepo:Server:arm64"}


def test_nothing_is_written_through_a_link_to_a_folder(world: World, tmp_path: Path) -> None:
    world.run()
    world.path("compose/pool").rename(tmp_path / "mine")
    world.path("compose/pool").symlink_to(tmp_path / "mine")
    before = (tmp_path / "mine/x").lstat()
    ended = world.run()
    assert (ended.status, ended.ran) == (2, [])
    assert "build/demo/compose/pool: no task made it, and files are to be written below it; move it away" in ended.err
    assert (tmp_path / "mine/x").lstat() == before
    world.drop("t")
    ended = world.run()
    assert (ended.status, named(ended.err)) == (0, ["pool"])
    assert (tmp_path / "mine/x").lstat() == before
    assert world.run("clean").status == 0
    assert (tmp_path / "mine/x").lstat() == before


def test_a_member_is_not_written_through_a_link_that_nothing_led_through(world: World, tmp_path: Path) -> None:
    world.run()
    (tmp_path / "mine").mkdir()
    world.path("compose/pool/new").symlink_to(tmp_path / "mine")
    world.task("t", ["in"], "work/t.list", "tree", uses={"n": 2}, trees=["work/t.list"], members=["compose/pool/new/z"])
    ended = world.run()
    assert ended.status == 2
    assert "build/demo/compose/pool/new: no task made it, and files are to be written below it" in ended.out
    assert not list((tmp_path / "mine").iterdir())


def test_a_folder_with_things_in_it_is_not_replaced_by_a_file(world: World) -> None:
    world.run()
    world.path("compose/a").unlink()
    world.path("compose/a").mkdir()
    assert world.run().status == 0  # nothing is lost
    world.path("compose/a").unlink()
    world.write("compose/a/letter", "mine")
    ended = world.run()
    assert (ended.status, ended.ran) == (2, [])
    assert "build/demo/compose/a: a folder with things in it, where a task writes a file; move it away" in ended.err
    assert world.read("compose/a/letter") == "mine"
    world.path("compose/a").rename(world.path("letters"))
    world.run()
    world.path("compose/pool/x").unlink()
    world.path("letters").rename(world.path("compose/pool/x"))
    ended = world.run()
    assert (ended.status, ended.ran) == (2, [])
    assert "build/demo/compose/pool/x: a folder with things in it, where a task writes a file" in ended.err
