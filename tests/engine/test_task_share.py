from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from composelib.engine.child_process import TaskFailure
from composelib.engine.local_executor import Workers
from composelib.engine.task_share import WHOLE, TaskShare, assign_share
from composelib.model.jobs import Jobs
from composelib.model.origin import Origin
from composelib.task import Task

ORIGIN = Origin("demo.yaml", 1, 1)


def make_task(run: partial[None], pool: str = "images") -> Task:
    return Task("x", "", run, inputs=(), outputs=(), uses={}, pool=pool)


def run_task(folder: Path, run: partial[None], jobs: Jobs | None) -> TaskFailure | None:
    """Run a task that makes an image; return its failure."""
    workers = Workers(folder, lambda _name, _text: None, jobs=jobs)
    workers.start("stage:x", make_task(run), folder / "log")
    while True:
        for ended in workers.wait():
            return ended.failure


def fill_memory(size: int) -> None:
    bytearray(size)


def write_processors(path: Path) -> None:
    path.write_text(" ".join(map(str, sorted(os.sched_getaffinity(0)))))


def test_a_task_that_needs_more_than_its_memory_fails_with_its_cure(tmp_path: Path) -> None:
    failure = run_task(tmp_path, partial(fill_memory, 1 << 30), Jobs(ORIGIN, memory=512 << 20))
    assert failure
    assert (failure.status, failure.message) == (3, "there is too little memory")
    assert run_task(tmp_path, partial(fill_memory, 1 << 30), None) is None


def test_a_task_runs_on_as_many_processors_as_it_may(tmp_path: Path) -> None:
    path = tmp_path / "processors"
    assert run_task(tmp_path, partial(write_processors, path), Jobs(ORIGIN, processors=1)) is None
    assert path.read_text() == str(min(os.sched_getaffinity(0)))


def test_tasks_that_run_side_by_side_have_processors_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 2, 3, 4})
    task, jobs = make_task(partial(print)), Jobs(ORIGIN, processors=2)
    first = assign_share(task, jobs, [])
    second = assign_share(task, jobs, [first])
    assert (first, second) == (TaskShare(0, frozenset({0, 1})), TaskShare(0, frozenset({2, 3})))
    assert assign_share(task, jobs, [second]) == first


def test_other_tasks_have_the_whole_machine() -> None:
    assert assign_share(make_task(partial(print), "network"), Jobs(ORIGIN, memory=1 << 30, processors=1), []) == WHOLE
