from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.reproduce.conditions import LATER, Conditions
from composelib.reproduce.rebuild import Rebuild, read_commit
from composelib.reproduce.rebuild_plan import RebuildPlan
from composelib.task import Task
from tests.kit.gathered_variant import compose


def make(output: Path, *, fails: bool = False) -> None:
    """Make an output, but not at a later date, or never."""
    if fails or "FAKETIME" in os.environ:
        raise ComposeError("it is too late")
    output.write_text("made")


def make_at_third_try(output: Path) -> None:
    """Make an output; twice fail as programs do that libfaketime ends."""
    tries = output.with_suffix(".tries")
    tries.write_text(f"{tries.read_text() if tries.exists() else ''}x")
    if len(tries.read_text()) < 3:
        print("libfaketime: In ft_shm_init(), sem_open failed and recreation attempts failed")
        raise ComposeError("exit status 25")
    output.write_text(os.environ["FAKETIME"])


def rebuild(folder: Path, work: Callable[[Path], None] = make) -> tuple[Rebuild, list[str]]:
    """Make two tasks, one after the other; return the run and what it said."""
    first, second = folder / "first", folder / "second"
    tasks = {
        "a:x": Task("x", "", partial(work, first), inputs=(), outputs=(first,), uses={}),
        "b:x": Task("x", "", partial(make, second), inputs=(first,), outputs=(second,), uses={}),
    }
    said: list[str] = []
    run = Rebuild(
        compose=compose(folder / "build"),
        tasks=tasks,
        plan=RebuildPlan(("b:x",), ("a:x", "b:x"), ()),
        conditions=Conditions("", other_user=False, faketime="/nowhere/library.so"),
        epochs=dict.fromkeys(tasks, "1700000000\n"),
        slots=2,
        seconds=60,
        say=said.append,
    )
    run.run()
    return run, said


def test_what_fails_at_a_later_date_is_made_at_the_present_one(tmp_path: Path) -> None:
    run, said = rebuild(tmp_path)
    assert run.done == {"a:x", "b:x"}
    assert said[0] == "again   a:x, at the present date (it is too late)"
    assert (tmp_path / "second").read_text() == "made"


def test_what_the_library_that_fakes_the_date_ended_is_made_at_a_later_date_again(tmp_path: Path) -> None:
    run, said = rebuild(tmp_path, make_at_third_try)
    assert said[:2] == ["again   a:x, at a later date (exit status 25)"] * 2
    assert (run.failures, (tmp_path / "first").read_text()) == ({}, LATER)


def test_what_needs_a_task_that_failed_is_not_made(tmp_path: Path) -> None:
    run, _ = rebuild(tmp_path, partial(make, fails=True))
    assert run.failures == {"a:x": "it is too late", "b:x": "a:x failed"}
    assert not run.done


@pytest.mark.parametrize("content", ["", "[]", '{"ref": "x"}'])
def test_a_record_of_a_commit_that_was_damaged_is_named(tmp_path: Path, content: str) -> None:
    record = tmp_path / "record.json"
    record.write_text(content)
    with pytest.raises(ComposeError, match=r"record.json: was damaged; run `doit`, then again"):
        read_commit(record)
