from __future__ import annotations

from tests.kit.task_world import World


def test_reset_dep_takes_what_stands_for_right(chain: World) -> None:
    chain.write("compose/a", "by hand")
    chain.write("in", "new")
    assert chain.run("reset-dep", "copy:a").status == 0
    assert chain.run().ran == ["b", "c"]
    assert chain.read("compose/c") == "by hand"
