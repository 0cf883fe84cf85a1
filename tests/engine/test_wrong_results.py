"""Each way stock doit is known to give a wrong result (W1 to W16), and that ours gives the right one.

Also covers: composelib.engine.doit_state, composelib.engine.sweep.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.kit.task_world import World


def worlds(folder: Path) -> tuple[World, World]:
    return World(folder / "stock", stock=True), World(folder / "ours")


def chain(world: World, how: str = "copy") -> None:
    world.write("in", "one two")
    world.task("a", ["in"], "compose/a", how)
    world.task("b", ["compose/a"], "compose/b")


def interrupted_half_way(world: World, number: signal.Signals, *arguments: str) -> None:
    world.path("half").unlink(missing_ok=True)
    world.write("wait", "")
    with world.started(*arguments) as process:
        world.wait_for("half")
        os.killpg(process.pid, number)
        process.wait(15)
    world.path("wait").unlink()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_w1_a_rebuild_that_is_ended_half_way_is_done_again(tmp_path: Path, number: signal.Signals) -> None:
    for world, right in zip(worlds(tmp_path), (False, True), strict=True):
        chain(world, "slowly")
        world.run()
        world.path("compose/a").unlink()
        interrupted_half_way(world, number)
        world.run()
        assert (world.read("compose/a") == world.read("compose/b") == "one two") is right


def test_w2_a_forced_rebuild_that_is_ended_half_way_is_done_again(tmp_path: Path) -> None:
    for world, right in zip(worlds(tmp_path), (False, True), strict=True):
        chain(world, "slowly")
        world.run()
        interrupted_half_way(world, signal.SIGINT, *(["run", "-a"] if world.stock else ["-a"]))
        world.run()
        assert (world.read("compose/a") == "one two") is right


def test_w3_an_input_that_goes_back_after_a_kill_is_seen(tmp_path: Path) -> None:
    for world, right in zip(worlds(tmp_path), (False, True), strict=True):
        world.write("in", "old")
        world.task("a", ["in"], "compose/a")
        world.task("b", ["compose/a"], "compose/b", "slowly")
        world.run()
        world.write("in", "new!")
        interrupted_half_way(world, signal.SIGKILL, "copy:b")
        assert world.read("compose/a") == "new!"
        world.write("in", "old")
        world.run()
        assert (world.read("compose/a") == "old") is right


def test_w4_an_output_edited_behind_its_back_is_made_again_and_what_was_made_of_it(tmp_path: Path) -> None:
    for world, right in zip(worlds(tmp_path), (False, True), strict=True):
        chain(world)
        world.run()
        time.sleep(0.02)
        world.write("compose/a", "tampered")
        world.run()
        assert (world.read("compose/a") == world.read("compose/b") == "one two") is right
        world.write("compose/b", "tampered")
        world.run()
        assert (world.read("compose/b") == "one two") is right


def test_w5_a_changed_action_is_seen(tmp_path: Path) -> None:
    for world, right in zip(worlds(tmp_path), (False, True), strict=True):
        chain(world)
        world.run()
        code = world.read("work.py").replace("content + word", "content.upper() + word")
        world.write("work.py", code)
        world.run()
        assert (world.read("compose/b") == "ONE TWO") is right


def test_w6_an_input_rewritten_with_the_same_time_is_seen(tmp_path: Path) -> None:
    for world, right in zip(worlds(tmp_path), (False, True), strict=True):
        chain(world)
        before = world.path("in").stat()
        world.run()
        world.write("in", "another size")
        os.utime(world.path("in"), ns=(before.st_atime_ns, before.st_mtime_ns))
        world.run()
        assert (world.read("compose/b") == "another size") is right


def test_w7_a_link_to_another_file_of_the_same_time_is_seen(tmp_path: Path) -> None:
    for world, right in zip(worlds(tmp_path), (False, True), strict=True):
        for name in ("x", "y"):
            os.utime(world.write(name, name), ns=(10**18, 10**18))
        world.path("in").symlink_to("x")
        world.task("a", ["in"], "compose/a")
        world.run()
        world.path("in").unlink()
        world.path("in").symlink_to("y")
        world.run()
        assert (world.read("compose/a") == "y") is right


def test_w8_an_input_that_changes_while_it_is_used_is_not_taken_for_used(tmp_path: Path) -> None:
    for world, right in zip(worlds(tmp_path), (False, True), strict=True):
        chain(world, "slowly")
        world.write("wait", "")
        with world.started() as process:
            world.wait_for("half")
            world.write("in", "other")
            world.path("wait").unlink()
            process.communicate(timeout=20)
        world.run()
        assert (world.read("compose/a") == "other") is right


def test_w9_a_task_that_fails_leaves_no_output(tmp_path: Path) -> None:
    for world, right in zip(worlds(tmp_path), (False, True), strict=True):
        world.write("in", "one")
        world.write("fail", "")
        world.task("a", ["in"], "compose/a", "fail")
        assert world.run().status in ((2, 1) if world.stock else (1,))
        assert world.path("compose/a").exists() is not right


def test_w10_the_output_of_a_task_that_is_gone_goes(tmp_path: Path) -> None:
    for world, right in zip(worlds(tmp_path), (False, True), strict=True):
        chain(world)
        world.run()
        world.drop("b")
        world.run()
        assert world.path("compose/b").exists() is not right


def test_w11_a_file_gone_from_a_tree_is_made_again(tmp_path: Path) -> None:
    for world, right in zip(worlds(tmp_path), (False, True), strict=True):
        world.write("in", "one")
        world.task("a", ["in"], "work/list", "tree", trees=["work/list"], members=["compose/x", "compose/y"])
        world.run()
        world.path("compose/x").unlink()
        world.run()
        assert world.path("compose/x").exists() is right


def test_w12_an_output_that_became_empty_is_a_change(tmp_path: Path) -> None:
    # stock doit misses this with result_dep, which we do not have: stages meet in files
    world = World(tmp_path)
    chain(world)
    world.run()
    world.write("in", "")
    assert world.run().ran == ["a", "b"]
    assert world.read("compose/b") == ""


def test_w12_stock_doit_misses_a_result_that_became_empty(tmp_path: Path) -> None:
    world = World(tmp_path, stock=True)
    world.write("in", "one")
    world.write(
        "dodo.py",
        """
from doit.tools import result_dep
def task_a():
    return {"actions": ["cat in"], "uptodate": [False]}
def task_b():
    return {"actions": ["cat in > out"], "uptodate": [result_dep("a")], "targets": ["out"]}
""",
    )
    world.run()
    world.write("in", "")
    world.run()
    assert world.read("out") == "one"


def test_w13_another_spelling_of_a_path_is_the_same_edge(tmp_path: Path) -> None:
    for world, right in zip(worlds(tmp_path), (False, True), strict=True):
        world.write("in", "one")
        world.task("a", ["in"], "compose/a")
        world.task("b", ["compose/a"], "compose/b")
        if world.stock:
            world.write("dodo.py", world.read("dodo.py").replace('"targets": paths', '"targets": absolute'))
            world.write(
                "dodo.py", world.read("dodo.py") + "\ndef absolute(n): return [str(p.absolute()) for p in paths(n)]"
            )
        else:
            world.graph["b"]["inputs"] = ["./compose/a"]
        assert (world.run("copy:b").status == 0) is right


def test_w14_a_dangling_link_in_an_outputs_place_is_replaced_once(tmp_path: Path) -> None:
    for world, right in zip(worlds(tmp_path), (False, True), strict=True):
        world.write("in", "one")
        world.task("a", ["in"], "compose/a")
        world.path("compose").parent.mkdir(parents=True, exist_ok=True)
        if world.stock:
            world.write(
                "work.py",
                world.read("work.py") + "\ndef copy(i, o, n, **_):\n    note(n)\n"
                "    o[0].parent.mkdir(parents=True, exist_ok=True)\n    o[0].unlink(missing_ok=True)\n"
                "    o[0].symlink_to('nowhere')\n",
            )
        world.run()
        if not world.stock:
            world.path("compose/a").unlink()
            world.path("compose/a").symlink_to("nowhere")
            world.run()
        assert (world.run().ran == []) is right


def test_w15_what_an_action_returns_does_not_matter(tmp_path: Path) -> None:
    for world, right in zip(worlds(tmp_path), (False, True), strict=True):
        chain(world)
        world.write(
            "work.py", world.read("work.py") + "\ndef number(i, o, n):\n    copy(i, o, n)\n    return {'x': Path()}\n"
        )
        world.task("c", ["compose/b"], "compose/c", "number")
        assert (world.run().status == 0) is right
        assert (world.run().ran == []) is right


def test_w16_after_a_failure_what_depends_on_it_is_as_fresh_as_before(tmp_path: Path) -> None:
    for world, right in zip(worlds(tmp_path), (False, True), strict=True):
        world.write("in", "one")
        world.task("a", ["in"], "compose/a", "fail")
        world.task("b", ["compose/a"], "compose/b")
        world.run()
        world.write("fail", "")
        world.write("in", "two")
        world.run(*(["-c"] if world.stock else []))
        world.path("fail").unlink()
        world.write("in", "one")
        assert (world.run().ran == ["a"]) is right
