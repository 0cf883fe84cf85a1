"""Tasks as values, which a stage hands to the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from composelib.dataclass import dataclass

Json = None | bool | int | float | str | list[Any] | dict[str, Any]


@dataclass(frozen=True)
class Task:
    """One task: `run` makes `outputs` from `inputs` and, of the config, from nothing but `uses`.

    `name` is `VARIANT:ARCH[:IMAGE]` or whatever distinguishes the stage's tasks; the engine puts the stage's name
    before it. A task runs again when the content of an input, the value of `uses`, the token of `probe`, a program of
    `tools` or the stage's own source has changed, or when an output is not as the last run left it.
    """

    name: str
    doc: str
    """A line for `doit list`."""
    run: partial[None]
    """A module's function with plain arguments: it is sent to other processes and hosts."""
    inputs: tuple[Path, ...]
    """Files that must exist; those that are outputs of other tasks are the edges of the graph."""
    outputs: tuple[Path, ...]
    """Files, never directories. `run` replaces each atomically (files.written_aside)."""
    uses: Mapping[str, Json]
    """The part of the config that decides the result."""
    optional: tuple[Path, ...] = ()
    """Inputs that may be absent: the outputs of failable tasks. That one appears or disappears counts as a change."""
    listed_inputs: Path | None = None
    """A file, one of `inputs`, that names further inputs, a path a line: which these are is known only when its task has run."""
    listed_by: str = ""
    """The name of that task, with its stage's."""
    order_only: tuple[Path, ...] = ()
    """Files that are read but whose change alone is no reason to run again."""
    trees: tuple[Path, ...] = ()
    """Outputs that list other files made by this task, a path a line relative to `Compose.root`, sorted.

    `run` writes such a list before the files that it names (tree_list.write_tree_list).
    """
    managed: tuple[str, ...] = ()
    """Regular expressions of files, and of folders with `/` at the end, relative to `Compose.root`: what a program manages
    that the task runs, such as the objects of an OSTree repository."""
    consulted: tuple[Path, ...] = ()
    """Files, tree lists and folders that `run` looks at if they are there; whatever is in them is no reason to run again.

    `*` stands for any name. A tree list stands for its members, too; of a folder only the names in it are read.
    """
    scratch: tuple[Path, ...] = ()
    """Folders of temporary files, beside TMPDIR, and of copies that are verified whenever they are used."""
    memory: Path | None = None
    """A file that `run` finds as its last successful run left it, or absent, and may replace.

    The engine keeps its text in the state database: what anybody else writes there is not read.
    """
    dates: Path | None = None
    """A file in which `run` finds SOURCE_DATE_EPOCH as each task had it that its inputs come from, as JSON by task."""
    tools: tuple[str, ...] = ()
    """Names of the outside programs `run` starts."""
    executed_arch: str = ""
    """The arch whose programs `run` starts from a root or from packages; empty if it starts none but the machine's."""
    probe: partial[str] | None = None
    """Reads the state of the outside world (an archive, a folder, a git ref); returns another token for another state."""
    failable: bool = False
    """May fail without dooming the compose; tasks that need its outputs are then skipped."""
    quick: bool = False
    """Takes so little time that it runs even after another task failed, so that all errors are reported at once."""
    pool: str = ""
    """A resource that only a few tasks may use at a time: `network`, `images`, `qemu` …"""


@dataclass(frozen=True)
class Stage:
    """A module of stages/: its name, what it is for, and its tasks for a compose."""

    name: str
    doc: str
    tasks: tuple[Task, ...]
    module: str
    """Its dotted name: a change of its code, or of a module that it imports, is a reason to run again.

    So is a change of the module of a task's function, which the stage may have loaded by name.
    """


MakeTasks = Callable[..., "tuple[Task, ...]"]


def as_doit_group(stage: Stage) -> dict[str, Any]:
    """Return doit's dict for the stage itself, a group of its tasks."""
    return {"basename": stage.name, "name": None, "doc": stage.doc}


def as_doit(stage: Stage, task: Task) -> dict[str, Any]:
    """Return doit's dict for a task; the engine takes the task from `meta` and decides whether it is fresh."""
    return {
        "basename": stage.name,
        "name": task.name,
        "doc": task.doc,
        "actions": [(task.run.func, task.run.args, task.run.keywords)],
        "file_dep": [
            str(path) for path in (*task.inputs, *task.optional, *task.order_only) if path != task.listed_inputs
        ],  # doit waits forever for a task that is needed in both ways
        "calc_dep": [task.listed_by] if task.listed_by else [],
        "targets": [str(path) for path in task.outputs],
        "meta": {"task": task, "module": stage.module, "stage": stage.name},
        "clean": True,
        "io": {"capture": False},
        "verbosity": 0,
    }
