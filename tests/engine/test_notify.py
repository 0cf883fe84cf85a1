"""The compose's notify scripts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.kit.schemas import list_value_faults
from tests.kit.task_world import World

LISTENER = """#!/bin/sh
{ echo "$1"; cat; } >> heard
"""


@pytest.fixture
def listening(world: World) -> World:
    world.write("listener", LISTENER).chmod(0o755)
    world.write("notify", json.dumps(["./listener"]))
    world.task("a", ["in"], "compose/a", "fail")
    world.task("b", ["in"], "compose/b", "fail", failable=True, when="may")
    return world


def heard(world: World) -> list[tuple[str, dict[str, Any]]]:
    lines = world.read("heard").splitlines()
    world.path("heard").unlink()
    events = [(event, json.loads(facts)) for event, facts in zip(lines[::2], lines[1::2], strict=True)]
    assert [fault for _, facts in events for fault in list_value_faults("notification", facts)] == []
    return events


def test_a_good_compose_is_told_from_start_to_end(listening: World) -> None:
    assert listening.run().status == 0
    events = heard(listening)
    assert [event for event, _ in events] == ["status-change", "compose-started", "status-change", "compose-finished"]
    facts = [facts for _, facts in events]
    assert {fact["version"] for fact in facts} == {1}
    assert {fact["compose"] for fact in facts} == {"demo"}
    assert (facts[0]["from"], facts[0]["to"]) == ("", "STARTED")
    assert (facts[2]["from"], facts[2]["to"]) == ("STARTED", "FINISHED")
    assert (facts[3]["status"], facts[3]["exit"]) == ("FINISHED", 0)


def test_a_failure_is_told_with_its_log(listening: World) -> None:
    listening.write("fail", "")
    listening.write("may", "")
    assert listening.run("-n1").status == 1
    failures = [facts for event, facts in heard(listening) if event == "task-failed"]
    assert [(fact["task"], fact["failable"]) for fact in failures] == [("copy:a", False), ("copy:b", True)]
    assert failures[0]["error"] == "it is broken; mend it"
    assert failures[0]["log"] == "build/demo/logs/copy/a.log"


def test_a_run_that_finds_all_fresh_tells_nothing(listening: World) -> None:
    listening.run()
    heard(listening)
    listening.run()
    assert not listening.path("heard").exists()


@pytest.mark.parametrize("script", ["exit 1", "kill -9 $$", "exec nowhere"])
def test_a_script_that_fails_warns_and_fails_nothing(listening: World, script: str) -> None:
    listening.write("listener", f"#!/bin/sh\n{script}\n")
    ended = listening.run()
    assert (ended.status, listening.status()) == (0, "FINISHED")
    assert "warning: notify: ./listener status-change: " in ended.err
    assert "$ ./listener" not in ended.out


def test_a_script_that_is_not_there_warns(listening: World) -> None:
    listening.write("notify", json.dumps(["./nobody"]))
    ended = listening.run()
    assert (ended.status, "warning: notify: ./nobody: program not found\n" in ended.err) == (0, True)


def test_a_script_sees_the_users_environment(listening: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_TOKEN", "abc")
    listening.write("listener", "#!/bin/sh\necho $CHAT_TOKEN > token\n")
    listening.run()
    assert listening.read("token") == "abc\n"
