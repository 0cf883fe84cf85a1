"""Tasks as doit sees them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.task import Stage, Task, as_doit, as_doit_group

TASK = Task(
    "Server:amd64",
    "make a repository",
    partial(print, "a", sep=""),
    inputs=(Path("in"),),
    outputs=(Path("out"),),
    uses={"level": 9},
    optional=(Path("maybe"),),
    order_only=(Path("order"),),
)
STAGE = Stage("createrepo", "make repositories", (TASK,), "composelib.stages.createrepo")


def test_a_stage_is_a_group() -> None:
    assert as_doit_group(STAGE) == {"basename": "createrepo", "name": None, "doc": "make repositories"}


def test_doit_knows_a_tasks_files_and_function_and_the_engine_the_task() -> None:
    task = as_doit(STAGE, TASK)
    assert (task["basename"], task["name"], task["doc"]) == ("createrepo", "Server:amd64", "make a repository")
    assert (task["file_dep"], task["targets"]) == (["in", "maybe", "order"], ["out"])
    assert task["actions"] == [(print, ("a",), {"sep": ""})]
    assert task["meta"] == {"task": TASK, "module": "composelib.stages.createrepo", "stage": "createrepo"}
