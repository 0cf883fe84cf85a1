"""What has to be made again to compare some tasks' outputs, and what is taken over: the state of the outside world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.engine.freshness import list_inputs
from composelib.errors import ConfigError
from composelib.program import PROGRAM
from composelib.task import Task

TAKEN_OVER = frozenset(
    {"inrelease", "epoch", "validity", "compose_id", "gate", "test", "container_push", "provenance", "materials"}
)
"""The stages whose outputs are taken over: they ask the outside world, know earlier states of it, or make nothing released."""
ASKING = frozenset({"url", "git"})
"""The sources of extra files that are outside."""
COMMITS = "ostree:"
"""What the names of tasks that make commits begin with: their outputs are records, the commits are listed in these."""
FINDING = ("buildinstall:*:source", "report:archives")
"""The tasks that find something in the archives: an installer, which they leave in the store; the dates of their state."""
Tasks = Mapping[str, Task]


@dataclass(frozen=True)
class RebuildPlan:
    """The tasks, by name, that are compared, that are made again for that, and whose outputs are taken over."""

    compared: tuple[str, ...]
    rebuilt: tuple[str, ...]
    """In an order in which each comes after those that it needs."""
    taken: tuple[str, ...]


def choose_tasks(tasks: Tasks, words: Iterable[str], tree: Path) -> tuple[str, ...]:
    """Return the tasks that words stand for: a task, a stage, a wildcard, or an image; without words, all that is released.

    `tree` is the folder of what is released. Raise ConfigError for a word that stands for nothing that can be made again.
    """
    able = [name for name in tasks if not is_taken(name, tasks[name])]
    released = [name for name in able if name.startswith(COMMITS) or has_output_below(tasks[name], tree)]
    chosen = {name for word in words for name in find_named(word, able, released)}
    return tuple(name for name in able if name in chosen) if words else tuple(released)


def find_named(word: str, able: list[str], released: list[str]) -> list[str]:
    """Return the tasks that a word stands for. Raise ConfigError if there are none."""
    named = [name for name in able if word in {name, name.partition(":")[0]} or fnmatchcase(name, word)]
    named = named or [name for name in released if name.split(":")[2:4][-1:] == [word]]
    if not named:
        raise ConfigError(f"{word}: no task or image that can be made again", f"see `{PROGRAM} list --all`")
    return named


def is_taken(name: str, task: Task) -> bool:
    """Return whether a task's outputs are taken over."""
    stage = name.partition(":")[0]
    asking = stage == "extra_files" and any(ASKING & row.keys() for row in task.uses["files"])  # type: ignore[union-attr] # its rows are mappings
    return stage in TAKEN_OVER or asking or any(fnmatchcase(name, pattern) for pattern in FINDING)


def has_output_below(task: Task, tree: Path) -> bool:
    """Return whether a task makes something that is released."""
    return any(path.is_relative_to(tree) for path in task.outputs)


def plan_rebuild(tasks: Tasks, compared: tuple[str, ...]) -> RebuildPlan:
    """Return what has to be made again, and what is taken over, to compare some tasks."""
    makers = {path: name for name, task in tasks.items() for path in task.outputs}
    order: dict[str, bool] = {}
    for name in compared:
        visit(name, tasks, makers, order)
    return RebuildPlan(
        compared,
        tuple(name for name, rebuilt in order.items() if rebuilt),
        tuple(name for name, rebuilt in order.items() if not rebuilt),
    )


def visit(name: str, tasks: Tasks, makers: Mapping[Path, str], order: dict[str, bool]) -> None:
    """Add a task to the order, after all that it needs; the value is whether it is made again."""
    if name in order:
        return
    rebuilt = not is_taken(name, tasks[name])
    for needed in list_needed(tasks[name], makers) if rebuilt else ():
        visit(needed, tasks, makers, order)
    order[name] = rebuilt


def list_needed(task: Task, makers: Mapping[Path, str]) -> list[str]:
    """Return the tasks whose outputs a task needs."""
    needed = (*list_inputs(task), *task.optional, *task.order_only)
    return list(dict.fromkeys(makers[path] for path in needed if path in makers))
