"""What a user sees of a compose's state.

Also covers: composelib.engine.live_progress.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from composelib.commands.shared.published import NAMING, open_records
from composelib.commands.status import Picture, find_exit_status, follow_run, format_state, get_state
from composelib.engine.live_progress import NAME, LiveProgress
from composelib.engine.lock import hold_lock
from composelib.engine.memory import STATUS, remember
from composelib.engine.task_result import RunningTask, RunProgress, TaskResult
from composelib.errors import ComposeError
from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.model.compose_id import IdHistory
from tests.kit.demo_compose import make_demo
from tests.kit.gathered_variant import compose
from tests.kit.schemas import list_value_faults
from tests.kit.tiny_archive import TinyArchive


@pytest.fixture
def demo(tmp_path: Path) -> Compose:
    demo = compose(tmp_path / "build")
    tasks = [
        {"name": "gather:Server:amd64", "state": "fresh", "seconds": 0, "why": [], "log": "", "error": ""},
        {"name": "release:Server", "state": "failed", "seconds": 1, "why": [], "log": "a/b.log", "error": "no key"},
        {"name": "live_media:x", "state": "failed-failable", "seconds": 1, "why": [], "log": "c.log", "error": "bad"},
        {"name": "metadata:debs", "state": "skipped", "seconds": 0, "why": [], "log": "", "error": "needs x"},
    ]
    run = {
        "version": 1,
        "started": "2026-11-23T10:00:00+00:00",
        "finished": "2026-11-23T10:01:00+00:00",
        "tasks": tasks,
    }
    write_file(demo.paths.root / "run.json", json.dumps(run))
    records = open_records(demo)
    remember(records, STATUS, "DOOMED")
    remember(records, NAMING, IdHistory().give("demo-12-20231114.d.0", "content").to_json())
    records.close()
    return demo


def test_what_failed_is_shown_with_its_log(demo: Compose) -> None:
    assert list(format_state(get_state(demo))) == [
        "demo: DOOMED",
        "  id         demo-12-20231114.d.0",
        "  last run   2026-11-23T10:00:00+00:00 to 2026-11-23T10:01:00+00:00: 1 failed, 1 failed-failable, 1 fresh, 1 skipped",
        "  published  nothing",
        "release:Server: failed",
        "  error      no key",
        "  log        a/b.log",
        "live_media:x: failed (failable)",
        "  error      bad",
        "  log        c.log",
    ]


def test_what_is_published_is_shown(demo: Compose) -> None:
    (demo.paths.published / "demo-12-20231113.d.0").mkdir(parents=True)
    (demo.paths.published / "latest").symlink_to("demo-12-20231113.d.0")
    assert get_state(demo)["published"] == "demo-12-20231113.d.0"


def test_a_run_in_progress_is_shown(demo: Compose) -> None:
    with (demo.paths.root / "lock").open("wb") as lock:
        assert get_state(demo)["running"] is False
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert get_state(demo)["running"] is True
        assert next(format_state(get_state(demo))) == "demo: DOOMED, a run is in progress"


@contextmanager
def working(demo: Compose) -> Iterator[None]:
    """Let a run be at work in the block."""
    running = RunningTask("rootfs:Server:amd64:disk", 75, 240, "3/12 files")
    progress = RunProgress(47, 58, 1, 240, (running,))
    live = LiveProgress(demo.paths.root / NAME)
    with (demo.paths.root / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        failed = TaskResult("lint:x", "failed", error="it is bad", log="lint.log")
        live.write("2026-11-23T11:00:00+00:00", progress, {"done": 46, "failed": 1, "skipped": 0}, [failed])
        yield


def test_of_a_run_at_work_its_own_tasks_are_shown_and_not_those_of_the_last_one(demo: Compose) -> None:
    with working(demo):
        state = get_state(demo)
        assert list(format_state(state)) == [
            "demo: DOOMED, a run is in progress",
            "  [47/58 4m left, 1 failed]",
            "    rootfs:Server:amd64:disk 1m of about 4m, 3/12 files",
            "  id         demo-12-20231114.d.0",
            "  this run   since 2026-11-23T11:00:00+00:00: 46 done, 1 failed",
            "  published  nothing",
            "lint:x: failed",
            "  error      it is bad",
            "  log        lint.log",
        ]
        assert list_value_faults("status", state) == []
        assert list_value_faults("progress", json.loads((demo.paths.root / NAME).read_text())) == []
        assert find_exit_status(state) == 5


def test_what_a_killed_run_said_of_itself_is_not_believed(demo: Compose) -> None:
    with working(demo):
        pass
    assert "progress" not in get_state(demo)
    lock = demo.paths.root / "lock"
    lock.write_text(json.dumps({"pid": 2**22 + 1, "begun": 1}))
    with hold_lock(lock, demo.paths.work("tmp")):  # as `enter` does, which says nothing of tasks
        assert "progress" not in get_state(demo)
        os.mkfifo(demo.paths.root / NAME)
        assert "progress" not in get_state(demo)


def test_a_run_is_followed_until_it_ends(demo: Compose, capsys: pytest.CaptureFixture[str]) -> None:
    seen = []
    picture = Picture()

    def show(state: dict[str, Any]) -> None:
        seen.append(state["running"])
        picture(state)
        lock.close()

    with working(demo):
        pass
    lock = (demo.paths.root / "lock").open("wb")
    fcntl.flock(lock, fcntl.LOCK_EX)
    follow_run(demo, show)
    assert seen == [True, False]
    assert capsys.readouterr().out == "[47/58 4m left, 1 failed]; rootfs:Server:amd64:disk 1m of about 4m, 3/12 files\n"


@pytest.mark.parametrize(
    ("status", "number"),
    [
        ("FINISHED", 0),
        ("FINISHED_INCOMPLETE", 0),
        ("DOOMED", 1),
        ("TERMINATED", 1),
        ("STARTED", 1),
        ("not made yet", 6),
    ],
)
def test_scripts_read_the_state_from_the_exit_status(status: str, number: int) -> None:
    assert find_exit_status({"running": False, "status": status}) == number


def test_a_compose_that_was_never_made_is_shown(tmp_path: Path) -> None:
    assert list(format_state(get_state(compose(tmp_path)))) == ["demo: not made yet", "  published  nothing"]


@pytest.mark.parametrize("garbage", ["", "[]", '{"tasks": 7}', '{"tasks": [1]}', "{"])
def test_a_broken_run_json_is_an_error_not_a_traceback(demo: Compose, garbage: str) -> None:
    (demo.paths.root / "run.json").write_text(garbage)
    with pytest.raises(ComposeError, match=r"run\.json: cannot be read"):
        get_state(demo)


def test_the_command_prints_text_and_json_of_a_real_run(tmp_path: Path, archive: TinyArchive) -> None:
    demo = make_demo(tmp_path, archive)
    assert demo.doit("status").out == "tiny: not made yet\n  published  nothing\n"
    demo.doit()
    assert demo.doit("status").out.startswith("tiny: FINISHED\n  id         tiny-1.10-20231114.n.0\n")
    state: dict[str, Any] = json.loads(demo.doit("status", "--json").out)
    assert state["status"] == "FINISHED"
    assert state["failed"] == []
