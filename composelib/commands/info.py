"""`doit info TASK`: what a task is, what it needs and makes, and whether it has to run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from composelib.commands.shared.plan_answers import WORDS
from composelib.engine.doit_commands import TaskCommand
from composelib.engine.doit_selection import select_tasks
from composelib.engine.doit_state import State
from composelib.engine.freshness import format_value
from composelib.engine.plan import Step, plan_steps
from composelib.engine.screen import format_duration
from composelib.errors import ConfigError
from composelib.model.compose import Compose
from composelib.program import PROGRAM
from composelib.task import Task


class InfoCommand(TaskCommand):
    """Describes one task, or the task of a target file."""

    name = "info"
    doc_purpose = "describe a task: what it needs and makes, and whether it has to run"
    doc_usage = "TASK|TARGET"
    doc_description = "Exit status: 0 up to date, 1 it will or may run, 2 no such task."
    cmd_options = ()

    def answer(self, options: Mapping[str, Any], words: list[str]) -> int:
        """Print the description of a task; return 1 if it will or may run, else 0."""
        del options
        if len(words) != 1:
            raise ConfigError(f"{PROGRAM} info: it takes the name of one task", f"see `{PROGRAM} list --all`")
        control = select_tasks(self.task_list, self.sel_tasks)
        task = control.tasks[control.selected_tasks[0]]
        if task.has_subtask:
            print(f"{task.name}: {task.doc}", *(f"  {name}" for name in task.task_dep), sep="\n")
            return 0
        *_, step = plan_steps(control.tasks, [task.name], self.state)
        print("\n".join(describe_task(task, step, self.state, self.compose)))
        return int(step.runs)


def describe_task(task: Any, step: Step, state: State, compose: Compose) -> Iterator[str]:
    """Yield the description of a task in lines."""
    ours: Task = task.meta["task"]
    yield f"{task.name}: {ours.doc}"
    yield f"  {WORDS[step.answer]}"
    yield from (f"    {reason}" for reason in step.why)
    if task.name in state.records.tasks:
        yield f"  took {format_duration(state.seconds(task.name))} last time"
    lists: dict[str, Any] = {
        "needs": ours.inputs,
        "uses if there": ours.optional,
        "reads": ours.order_only,
        "makes": ours.outputs,
        "programs": ours.tools,
    }
    for label, values in lists.items():
        yield from (f"  {label} {value}" for value in values)
    yield from (f"  config {key}: {format_value(value)}" for key, value in sorted(ours.uses.items()))
    yield from ["  may fail"] if ours.failable else []
    yield from [f"  pool {ours.pool}"] if ours.pool else []
    yield f"  log {compose.paths.log(task.meta['stage'], ours.name)}"
