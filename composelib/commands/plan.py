"""`doit plan`: what a run would do, and why; runs nothing, writes nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from doit.cmd_base import DoitCmdBase
from doit.control import TaskControl

from composelib.commands import told
from composelib.engine.report import reached
from composelib.engine.run import known
from composelib.engine.state import State

WORDS = {"run": "will run", "may": "may follow", "fresh": "is up to date"}


@dataclass(frozen=True)
class Step:
    """What becomes of a task in the next run."""

    name: str
    answer: str
    """`run`; `may`: it runs if what it needs comes out different; `fresh`."""
    why: tuple[str, ...]


class Plan(DoitCmdBase):
    """Answers for each task: run, may or fresh."""

    name = "plan"
    doc_purpose = "say what a run would do, and why; runs nothing, writes nothing"
    doc_usage = "[TASK|TARGET ...]"
    doc_description = "Asks the archives whether they changed, as a run does (not with offline=1)."
    cmd_options = (
        {"name": "as_json", "long": "json", "type": bool, "default": False, "help": "print JSON"},
        {
            "name": "fresh",
            "long": "fresh",
            "short": "u",
            "type": bool,
            "default": False,
            "help": "list what is up to date, too",
        },
    )

    def execute(self, params: Any, args: list[str]) -> int:
        """Load the tasks and plan; gives the exit status."""
        return told(lambda: int(super(Plan, self).execute(params, args)))

    def _execute(self, as_json: bool, fresh: bool) -> int:
        """Print the plan; doit finds the parameters by their names."""
        control = TaskControl(self.task_list)
        control.process(known(self.sel_tasks, control))
        steps = list(plan(control.tasks, control.selected_tasks, self.dep_manager))
        if as_json:
            print(json.dumps({"version": 1, "tasks": [asdict(step) for step in steps]}, indent=1))
        else:
            sys.stdout.writelines(f"{line}\n" for line in lines(steps, fresh=fresh))
        return 0


def plan(tasks: dict[str, Any], selected: list[str], state: State) -> Iterator[Step]:
    """Give a step for each task that the selection reaches, what is needed first coming first."""
    answers: dict[str, str] = {}
    for name in in_order(tasks, selected):
        task = tasks[name]
        needs = [needed for needed in task.task_dep if answers.get(needed, "fresh") != "fresh"]
        if not (task.meta or {}).get("task"):
            answers[name] = "may" if needs else "fresh"
            continue
        why = tuple(state.why(task))
        answers[name] = "run" if why else "may" if needs else "fresh"
        yield Step(name, answers[name], why or tuple(f"if {needed} comes out different" for needed in needs))


def in_order(tasks: dict[str, Any], selected: list[str]) -> list[str]:
    """Sort the tasks that the selection reaches so that none comes before one it needs."""
    done: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in done:
            for needed in tasks[name].task_dep:
                visit(needed)
            done[name] = None

    for name in reached(tasks, selected):
        visit(name)
    return list(done)


def lines(steps: list[Step], *, fresh: bool) -> Iterator[str]:
    """Give the plan as a person reads it."""
    for step in steps:
        if step.answer != "fresh" or fresh:
            yield f"{step.name} {WORDS[step.answer]}"
            yield from (f"    {reason}" for reason in step.why)
    counts = {answer: sum(step.answer == answer for step in steps) for answer in WORDS}
    yield ", ".join(
        f"{counts[answer]} {word}" for answer, word in zip(WORDS, ("will run", "may follow", "up to date"), strict=True)
    )
