from __future__ import annotations

from tests.kit.task_world import World


def test_a_fresh_task_is_described(chain: World) -> None:
    ended = chain.run("info", "copy:b")
    assert ended.status == 0
    lines = ended.out.splitlines()
    assert lines[:2] == ["copy:b: make b", "  is up to date"]
    assert lines[2].startswith("  took ")
    assert lines[3:] == [
        "  needs build/demo/compose/a",
        "  makes build/demo/work/b",
        "  programs sh",
        "  log build/demo/logs/copy/b.log",
    ]


def test_the_reasons_of_a_task_that_will_run_are_shown(chain: World) -> None:
    chain.write("in", "new")
    ended = chain.run("info", "build/demo/compose/a")
    assert ended.status == 1
    assert ended.out.splitlines()[:3] == ["copy:a: make a", "  will run", "    in changed"]
    assert '  config words: ["x", "y"]' in ended.out
    assert "may follow" in chain.run("info", "copy:c").out


def test_a_stage_is_shown_with_its_tasks(chain: World) -> None:
    assert chain.run("info", "copy").out == "copy: copies things\n  copy:a\n  copy:b\n  copy:c\n  copy:d\n"


def test_it_takes_one_name_that_means_something(chain: World) -> None:
    assert chain.run("info").status == 2
    ended = chain.run("info", "copy:x")
    assert (ended.status, "did you mean" in ended.err) == (2, True)
