from __future__ import annotations

from tests.kit.task_world import World


def test_forget_lets_a_task_run_again(chain: World) -> None:
    assert chain.run("forget", "copy:d").status == 0
    assert chain.run().ran == ["d"]


def test_forget_a_stage_or_without_a_name_lets_all_run_again(chain: World) -> None:
    for arguments in (["copy"], []):
        assert chain.run("forget", *arguments).status == 0
        assert sorted(chain.run().ran) == ["a", "b", "c", "d"]
