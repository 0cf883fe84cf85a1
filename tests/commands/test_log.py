"""`doit log`: the logs of a task, of what failed, of what runs."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from composelib.commands.log import LogReader, choose_tasks, find_named, follow_logs, locate_log
from composelib.engine.live_progress import NAME, LiveProgress
from composelib.engine.task_result import RunningTask, RunProgress
from composelib.errors import ConfigError
from composelib.files import write_file
from composelib.model.compose import Compose
from tests.kit.demo_compose import Demo
from tests.kit.gathered_variant import compose


@pytest.fixture
def demo_compose(tmp_path: Path) -> Compose:
    made = compose(tmp_path / "build")
    write_file(made.paths.log("gather", "Server:amd64"), "chosen\n")
    write_file(made.paths.log("gather", "Base:amd64"), "chosen, too\n")
    write_file(made.paths.log("epoch", ""), "1700000000\n")
    return made


@contextmanager
def running(made: Compose, *names: str) -> Iterator[None]:
    """Let a run of these tasks be at work in the block."""
    with (made.paths.root / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tasks = tuple(RunningTask(name, 1, 0, "") for name in names)
        LiveProgress(made.paths.root / NAME).write("2026-11-23T11:00:00+00:00", RunProgress(0, 2, 0, 0, tasks), {}, [])
        yield


def test_a_task_has_its_log_and_a_stage_those_of_its_tasks(demo_compose: Compose) -> None:
    assert list(find_named(demo_compose, "gather:Server:amd64")) == ["gather:Server:amd64"]
    assert list(find_named(demo_compose, "epoch")) == ["epoch"]
    named = list(find_named(demo_compose, "gather"))
    assert [locate_log(demo_compose, name).read_text() for name in named] == ["chosen, too\n", "chosen\n"]


def test_a_name_without_a_log_is_refused_with_the_nearest(demo_compose: Compose) -> None:
    with pytest.raises(ConfigError, match="did you mean gather:Server:amd64"):
        list(find_named(demo_compose, "gather:Sever:amd64"))


def test_without_a_word_it_is_what_runs(demo_compose: Compose) -> None:
    with running(demo_compose, "gather:Server:amd64"):
        assert choose_tasks(demo_compose, []) == ["gather:Server:amd64"]


def test_where_nothing_runs_and_nothing_failed_it_says_so(
    demo_compose: Compose, capsys: pytest.CaptureFixture[str]
) -> None:
    assert choose_tasks(demo_compose, []) == []
    assert "nothing runs, and nothing failed in the last run" in capsys.readouterr().out


def test_a_log_is_followed_until_its_task_has_ended(demo_compose: Compose, capsys: pytest.CaptureFixture[str]) -> None:
    log = demo_compose.paths.log("gather", "Server:amd64")
    with running(demo_compose, "gather:Server:amd64"), ExitStack() as opened:
        follower = threading.Thread(
            target=follow_logs, args=(demo_compose, ["gather:Server:amd64"], LogReader(opened)), daemon=True
        )
        follower.start()
        with log.open("a") as stream:
            stream.write("and more\n")
        LiveProgress(demo_compose.paths.root / NAME).write("", RunProgress(1, 2, 0, 0), {}, [])
        follower.join(10)
        assert not follower.is_alive()
    assert capsys.readouterr().out == "chosen\nand more\n"


def test_logs_of_several_tasks_have_titles(demo_compose: Compose, capsys: pytest.CaptureFixture[str]) -> None:
    with ExitStack() as opened:
        logs = {name: locate_log(demo_compose, name) for name in ("epoch", "gather:Server:amd64", "gather:none")}
        LogReader(opened).read(logs, titled=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"==> epoch ({logs['epoch']}) <==",
        "1700000000",
        f"==> gather:Server:amd64 ({logs['gather:Server:amd64']}) <==",
        "chosen",
    ]


def test_the_command_shows_the_log_of_what_failed(demo: Demo) -> None:
    demo.archive.add("webserver", "3:1", Depends="nothing-has-this")
    demo.archive.publish()
    assert demo.doit().status == 1
    ran = demo.doit("log")
    assert ran.status == 0
    assert "==> gather:Server:amd64 (" in ran.out
    assert "nothing-has-this" in ran.out
