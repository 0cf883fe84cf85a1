"""What a run would do: the three answers, with their reasons; nothing is run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from composelib.engine.queue import in_order, task_of
from composelib.engine.report import reached
from composelib.engine.state import State

LEFT_OUT = "left out by `doit ignore`"


@dataclass(frozen=True)
class Step:
    """What becomes of a task in the next run."""

    name: str
    answer: str
    """`run`; `may`: it runs if what it needs comes out different; `fresh`."""
    why: tuple[str, ...]


def steps(tasks: dict[str, Any], selected: Iterable[str], state: State) -> Iterator[Step]:
    """Give a step for each task that the selection reaches, what is needed first coming first."""
    answers: dict[str, str] = {}
    for name in in_order(tasks, reached(tasks, selected)):
        step = step_of(tasks[name], state, answers)
        answers[name] = step.answer
        if task_of(tasks[name]):
            yield step


def step_of(task: Any, state: State, answers: dict[str, str]) -> Step:
    """Give a task's step, by the answers of what it needs; what needs a task that is left out is left out, too."""
    needs = [needed for needed in task.task_dep if answers[needed] in {"run", "may"}]
    if state.status_is_ignore(task) or any(answers[needed] == "out" for needed in task.task_dep):
        return Step(task.name, "out", (LEFT_OUT,))
    why = tuple(state.why(task)) if task_of(task) else ()
    if why:
        return Step(task.name, "run", why)
    if needs:
        return Step(task.name, "may", tuple(f"if {needed} comes out different" for needed in needs))
    return Step(task.name, "fresh", ())
