"""What a task remembers is kept in the state database, and what anybody writes where it finds it is not read."""

from __future__ import annotations

from tests.kit.task_world import World

MEMORY = "work/number"


def count(world: World) -> str:
    """Let the task run again; return the number that it has counted to."""
    ended = world.run("-a")
    assert (ended.status, ended.ran) == (0, ["a"])
    return world.read("compose/a")


def test_a_task_finds_what_its_last_successful_run_left_and_nothing_else(world: World) -> None:
    world.task("a", [], "compose/a", "count", memory=MEMORY)
    assert [count(world), count(world)] == ["1", "2"]
    assert not world.path(MEMORY).exists()
    world.write(MEMORY, "71")
    assert count(world) == "3"
    world.write("fail", "")
    assert world.run("-a").status == 1
    world.path("fail").unlink()
    assert count(world) == "4"
    assert world.run().ran == []


def test_marking_a_task_as_up_to_date_takes_nothing_in(world: World) -> None:
    world.task("a", [], "compose/a", "count", memory=MEMORY)
    assert count(world) == "1"
    world.write(MEMORY, "71")
    assert world.run("reset-dep").status == 0
    assert count(world) == "2"


def test_what_is_remembered_outlives_a_killed_run_and_forgetting(world: World) -> None:
    world.task("a", [], "compose/a", "count", memory=MEMORY)
    assert count(world) == "1"
    assert world.run("forget").status == 0
    assert count(world) == "2"
    world.write("kill", "")
    world.run("-a")
    world.path("kill").unlink()
    assert count(world) == "3"
