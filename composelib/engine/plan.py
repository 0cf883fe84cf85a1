"""What a run would do: the three answers, with their reasons; nothing is run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from composelib.engine.doit_state import State
from composelib.engine.report import reached
from composelib.engine.schedule import in_order, task_of

LEFT_OUT = "left out by `doit ignore`"


@dataclass(frozen=True)
class Step:
    """What becomes of a task in the next run."""

    name: str
    answer: str
    """`run`; `may`: it runs if what it needs comes out different; `fresh`; `out`: the user wants it left out."""
    why: tuple[str, ...]

    @property
    def runs(self) -> bool:
        """Whether it may run."""
        return self.answer in {"run", "may"}


def steps(tasks: dict[str, Any], selected: Iterable[str], state: State) -> Iterator[Step]:
    """Give a step for each task that the selection reaches, what is needed first coming first."""
    found: dict[str, Step] = {}
    for name in in_order(tasks, reached(tasks, selected)):
        found[name] = step_of(tasks[name], state, {need: found[need] for need in tasks[name].task_dep}, tasks)
        if task_of(tasks[name]):
            yield found[name]


def step_of(task: Any, state: State, needs: dict[str, Step], tasks: dict[str, Any]) -> Step:
    """Give a task's step, by the steps of what it needs; what needs a task that is left out is left out, too."""
    if state.status_is_ignore(task) or any(need.answer == "out" for need in needs.values()):
        return Step(task.name, "out", (LEFT_OUT,))
    before = [name for name, need in needs.items() if need.runs]
    unsettled = {target for name in before for target in tasks[name].targets}
    why = state.why(task, unsettled) if task_of(task) else []
    if why:
        return Step(task.name, "run", tuple(why))
    if before:
        return Step(task.name, "may", tuple(f"if {name} comes out different" for name in before))
    return Step(task.name, "fresh", ())
