"""doit's own commands on our records."""

from __future__ import annotations

from tests.kit.task_world import World


def test_list_shows_stages_and_all_tasks(chain: World) -> None:
    assert chain.run("list").out == "copy   copies things\n"
    assert chain.run("list", "--all", "-q").out.split() == ["copy", "copy:a", "copy:b", "copy:c", "copy:d"]


def test_list_shows_what_has_to_run(chain: World) -> None:
    chain.write("in", "new")
    assert [line.split()[:2] for line in chain.run("list", "-s", "--all").out.splitlines()] == [
        ["R", "copy"],
        ["R", "copy:a"],
        ["U", "copy:b"],
        ["U", "copy:c"],
        ["U", "copy:d"],
    ]


def test_forget_lets_a_task_run_again(chain: World) -> None:
    assert chain.run("forget", "copy:d").status == 0
    assert chain.run().ran == ["d"]


def test_forget_a_stage_or_without_a_name_lets_all_run_again(chain: World) -> None:
    for arguments in (["copy"], []):
        assert chain.run("forget", *arguments).status == 0
        assert sorted(chain.run().ran) == ["a", "b", "c", "d"]


def test_ignore_leaves_a_task_out_until_it_is_forgotten(chain: World) -> None:
    assert chain.run("ignore", "copy:b").status == 0
    chain.write("in", "new")
    assert chain.run().ran == ["a"]
    assert chain.status() == "FINISHED_INCOMPLETE"
    assert chain.run("list", "-s", "--all").out.splitlines()[2].startswith("I copy:b")
    chain.run("forget", "copy:b")
    assert chain.run().ran == ["b", "c"]
    assert chain.status() == "FINISHED"


def test_reset_dep_takes_what_stands_for_right(chain: World) -> None:
    chain.write("compose/a", "by hand")
    chain.write("in", "new")
    assert chain.run("reset-dep", "copy:a").status == 0
    assert chain.run().ran == ["b", "c"]
    assert chain.read("compose/c") == "by hand"


def test_an_unknown_name_is_a_wrong_call(chain: World) -> None:
    for command in ("list", "forget", "ignore", "clean", "reset-dep"):
        ended = chain.run(command, "copy:x")
        assert (ended.status, ended.err.startswith("error: ")) == (2, True), command


def test_tab_completion_can_be_made(chain: World) -> None:
    assert "copy" in chain.run("tabcompletion", "--hardcode-tasks").out
