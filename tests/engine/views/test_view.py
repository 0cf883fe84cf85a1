"""How a run is shown on a terminal, in lines and as JSON.

Also covers: composelib.engine.views.json_lines, composelib.engine.views.lines, composelib.engine.views.terminal,
composelib.engine.task_result.
"""

from __future__ import annotations

import io
import json

from composelib.engine.screen import ERASE, UP, Screen
from composelib.engine.task_result import RunningTask, RunProgress, TaskResult
from composelib.engine.views.json_lines import JsonView
from composelib.engine.views.lines import LineView
from composelib.engine.views.terminal import TerminalView
from composelib.engine.views.view import format_position, format_running
from tests.kit.schemas import list_value_faults

ROOT = RunningTask("rootfs:Base:amd64:disk", 75, 240, "")
FETCH = RunningTask("fetch:Base:amd64", 3, 0, "3/12 files, 4.1 MB")
MIDWAY = RunProgress(47, 58, 1, 240, (ROOT, FETCH))
STARTED = TaskResult("fetch:Base:amd64", "running", why=["new"])
DONE = TaskResult("fetch:Base:amd64", "done", seconds=3.25)
FAILED = TaskResult("fetch:Base:amd64", "failed", error="no")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_position_says_how_long_it_takes_and_how_many_failed() -> None:
    assert format_position(MIDWAY) == "[47/58 4m left, 1 failed]"
    assert format_position(RunProgress(0, 58, 0, 0)) == "[0/58]"


def test_a_running_task_is_shown_with_its_seconds_and_how_far_it_is() -> None:
    assert format_running(ROOT) == "rootfs:Base:amd64:disk 1m of about 4m"
    assert format_running(FETCH) == "fetch:Base:amd64 3s, 3/12 files, 4.1 MB"


def test_a_terminal_shows_all_that_runs_after_a_failure_too() -> None:
    view = TerminalView(Screen(stream := Terminal()))
    view.fail("other: FAILED", {})
    view.refresh(MIDWAY)
    picture = (
        "[47/58 4m left, 1 failed]\n  rootfs:Base:amd64:disk 1m of about 4m\n  fetch:Base:amd64 3s, 3/12 files, 4.1 MB"
    )
    assert stream.getvalue() == f"other: FAILED\n{picture}"
    view.close("kit: DOOMED", {})
    assert stream.getvalue().endswith(f"{ERASE}{UP}{ERASE}{UP}{ERASE}kit: DOOMED\n")


def test_more_tasks_than_there_is_room_for_are_counted() -> None:
    view = TerminalView(Screen(stream := Terminal()))
    view.refresh(RunProgress(0, 20, 0, 0, (FETCH,) * 11))
    assert stream.getvalue().endswith("\n  and 3 more")


def test_a_pipe_has_a_line_at_each_end_of_a_task() -> None:
    view = LineView(Screen(stream := io.StringIO()))
    view.begin(STARTED, RunProgress(0, 2, 0, 0))
    view.end(DONE, RunProgress(1, 2, 0, 0))
    view.end(FAILED, RunProgress(1, 2, 1, 0))
    assert stream.getvalue() == "[0/2] fetch:Base:amd64\n[1/2] fetch:Base:amd64: done in 3.2 s\n"


def test_a_pipe_has_a_sign_of_life_each_minute() -> None:
    view = LineView(Screen(stream := io.StringIO()))
    view.refresh(MIDWAY)
    assert stream.getvalue() == ""
    view.written_at -= 60
    view.refresh(MIDWAY)
    view.refresh(MIDWAY)
    assert stream.getvalue().startswith(
        "[47/58 4m left, 1 failed] still running: rootfs:Base:amd64:disk 1m of about 4m; "
    )
    assert stream.getvalue().count("\n") == 1


def test_few_words_are_failures_and_the_end() -> None:
    view = LineView(Screen(stream := io.StringIO()), quiet=True)
    view.begin(STARTED, MIDWAY)
    view.end(DONE, MIDWAY)
    view.fail("other: FAILED", {})
    view.close("kit: DOOMED", {})
    assert stream.getvalue() == "other: FAILED\nkit: DOOMED\n"


def test_many_words_have_the_reasons() -> None:
    view = LineView(Screen(stream := io.StringIO()), verbose=True)
    view.begin(STARTED, RunProgress(0, 2, 0, 0))
    assert stream.getvalue() == "[0/2] fetch:Base:amd64\n  new\n"


def test_each_line_of_json_is_an_event() -> None:
    view = JsonView(stream := io.StringIO())
    view.begin(STARTED, MIDWAY)
    view.progress_at -= 1
    view.refresh(MIDWAY)
    view.end(DONE, MIDWAY)
    view.fail("other: FAILED", {"task": "other", "error": "no", "log": "", "failable": False})
    view.warn("odd")
    view.close("kit: DOOMED", {"status": "DOOMED", "exit": 1, "counts": {"failed": 1}})
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [event["event"] for event in events] == ["begin", "progress", "end", "failure", "warning", "finished"]
    assert [fault for event in events for fault in list_value_faults("event", event)] == []
    assert events[0]["why"] == ["new"]
    assert [task["seconds"] for task in events[1]["running"]] == [75, 3]
    assert events[-1]["exit"] == 1
