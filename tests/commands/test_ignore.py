from __future__ import annotations

from tests.kit.task_world import World


def test_ignore_leaves_a_task_out_until_it_is_forgotten(chain: World) -> None:
    assert chain.run("ignore", "copy:b").status == 0
    chain.write("in", "new")
    assert chain.run().ran == ["a"]
    assert chain.status() == "FINISHED_INCOMPLETE"
    assert chain.run("list", "-s", "--all").out.splitlines()[2].startswith("I copy:b")
    chain.run("forget", "copy:b")
    assert chain.run().ran == ["b", "c"]
    assert chain.status() == "FINISHED"
