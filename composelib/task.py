"""What a stage hands to the engine: one artifact's making, as a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

Json = None | bool | int | float | str | list[Any] | dict[str, Any]


@dataclass(frozen=True)
class Task:
    """One task: `run` makes `outputs` from `inputs` and from nothing else of the config than `uses`.

    `name` is `VARIANT:ARCH[:IMAGE]` or whatever tells the stage's tasks apart; the stage's name goes before it.
    A task is run again when the content of an input, the value of `uses`, the token of `probe`, a program of
    `tools` or the stage's source has changed, or when an output is not what the last run left.
    """

    name: str
    doc: str
    run: partial[None]
    """A module's function with its plain arguments (it is sent to other processes and hosts)."""
    inputs: tuple[Path, ...]
    """Files that must exist; those that are other tasks' outputs make the graph."""
    outputs: tuple[Path, ...]
    """Files, never directories. `run` leaves each whole: written aside, then renamed."""
    uses: Mapping[str, Json]
    """The part of the config that decides the result."""
    optional: tuple[Path, ...] = ()
    """Inputs that may be absent: the outputs of failable tasks. Appearing and vanishing is a change."""
    order_only: tuple[Path, ...] = ()
    """Files that are read but whose change alone is no reason to run again."""
    trees: tuple[Path, ...] = ()
    """Outputs that list other files made by this task, a path a line relative to `Compose.root`, sorted."""
    tools: tuple[str, ...] = ()
    """Names of the outside programs `run` starts."""
    probe: partial[str] | None = None
    """Asks the outside world (an archive, a folder, a git ref) for its state; the token tells states apart."""
    failable: bool = False
    """May fail without dooming the compose; what needs its outputs is then left out with it."""
    quick: bool = False
    """Takes so little that it is run even after another task failed: then all errors are told at once."""
    pool: str = ""
    """A resource of which only one task may hold a share at a time: `network`, `disk`, `qemu` …"""


@dataclass(frozen=True)
class Stage:
    """A module of `stages/`: its name, what it is for, and its tasks for a compose."""

    name: str
    doc: str
    tasks: tuple[Task, ...]
    module: str
    """Its dotted name: a change of its code, or of a module's that it imports, is a reason to run again.

    So is one of the module of a task's function, where a stage loads that by name.
    """


MakeTasks = Callable[..., "tuple[Task, ...]"]


def group(stage: Stage) -> dict[str, Any]:
    """Give doit's dict for the stage itself, whose parts its tasks are."""
    return {"basename": stage.name, "name": None, "doc": stage.doc}


def as_doit(stage: Stage, task: Task) -> dict[str, Any]:
    """Give doit's dict for a task. Whether it is fresh is decided by the engine, which finds the task in `meta`."""
    return {
        "basename": stage.name,
        "name": task.name,
        "doc": task.doc,
        "actions": [(task.run.func, task.run.args, task.run.keywords)],
        "file_dep": [str(path) for path in (*task.inputs, *task.optional, *task.order_only)],
        "targets": [str(path) for path in task.outputs],
        "meta": {"task": task, "module": stage.module, "stage": stage.name},
        "clean": True,
        "io": {"capture": False},
        "verbosity": 0,
    }
