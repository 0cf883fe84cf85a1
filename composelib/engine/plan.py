"""What a run would do, and why; nothing is run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

from composelib.dataclass import dataclass
from composelib.engine.doit_state import State
from composelib.engine.freshness import list_inputs
from composelib.engine.report import IGNORED, reach_tasks
from composelib.engine.schedule import list_needs, order_tasks, unwrap_task


@dataclass(frozen=True)
class Step:
    """What becomes of a task in the next run."""

    name: str
    answer: str
    """`run`; `may`: it runs if what it needs comes out different; `fresh`; `out`: the user ignores it."""
    why: tuple[str, ...]
    """The reasons why it runs, may run or is left out."""

    @property
    def runs(self) -> bool:
        """Whether the task runs or may run."""
        return self.answer in {"run", "may"}


def plan_steps(tasks: dict[str, Any], selected: Iterable[str], state: State) -> Iterator[Step]:
    """Yield a step for each of the selected tasks and all they need, each after those that it needs."""
    planned: dict[str, Step] = {}
    tasks = add_listed_needs(tasks)
    for name in order_tasks(tasks, reach_tasks(tasks, selected)):
        needs = {need: planned[need] for need in list_needs(tasks[name])}
        planned[name] = plan_task(tasks[name], state, needs, tasks)
        if unwrap_task(tasks[name]):
            yield planned[name]


def add_listed_needs(tasks: dict[str, Any]) -> dict[str, Any]:
    """Return the tasks, each with a need of those, too, that make the further inputs which the last run has listed for it.

    doit's own tasks stay as they are: a need that one of them has already is not waited for when its list is read.
    """
    listing = {name: ours for name, task in tasks.items() if (ours := unwrap_task(task)) and ours.listed_inputs}
    makers = {target: name for name, task in tasks.items() for target in task.targets} if listing else {}
    added = {}
    for name, ours in listing.items():
        task = tasks[name]
        needed = [*task.task_dep, *(makers[path] for path in map(str, list_inputs(ours)) if path in makers)]
        added[name] = SimpleNamespace(
            name=name,
            meta=task.meta,
            targets=task.targets,
            calc_dep=task.calc_dep,
            task_dep=list(dict.fromkeys(needed)),
        )
    return tasks | added


def plan_task(task: Any, state: State, needs: dict[str, Step], tasks: dict[str, Any]) -> Step:
    """Return a task's step, given the steps of those it needs; a task that needs an ignored one is left out, too."""
    if state.status_is_ignore(task) or any(need.answer == "out" for need in needs.values()):
        return Step(task.name, "out", (IGNORED,))
    running = [name for name, need in needs.items() if need.runs]
    unsettled = {target for name in running for target in tasks[name].targets}
    why = state.why(task, unsettled) if unwrap_task(task) else []
    if why:
        return Step(task.name, "run", tuple(why))
    if running:
        return Step(task.name, "may", tuple(f"if {name} comes out different" for name in running))
    return Step(task.name, "fresh", ())
