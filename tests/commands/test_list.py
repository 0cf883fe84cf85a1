"""Stages and tasks are listed.

Also covers: composelib.commands.shared.whole_compose.
"""

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


def test_an_unknown_name_is_a_wrong_call(chain: World) -> None:
    for command in ("list", "forget", "ignore", "clean", "reset-dep"):
        ended = chain.run(command, "copy:x")
        assert (ended.status, ended.err.startswith("error: ")) == (2, True), command
