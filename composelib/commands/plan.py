"""`doit plan`: what a run would do, and why; runs nothing, writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from composelib.commands.shared.plan_answers import WORDS
from composelib.dataclass import dataclass
from composelib.engine.doit_commands import TaskCommand
from composelib.engine.doit_selection import select_tasks
from composelib.engine.freshness import MOVED
from composelib.engine.local_executor import count_processors
from composelib.engine.ownership import check_owner
from composelib.engine.plan import Step, plan_steps
from composelib.engine.screen import format_duration
from composelib.engine.sweep import check_obstacles, find_strays
from composelib.engine.written_size import measure_file
from composelib.task import Task
from composelib.text.size import format_size


@dataclass(frozen=True)
class Effort:
    """What a task took and wrote last time."""

    seconds: float
    """0 if it never ran."""
    size: int
    """Bytes of its outputs that are there now."""


class PlanCommand(TaskCommand):
    """Says of each task whether it will run, may run or is up to date."""

    name = "plan"
    doc_purpose = "show what a run would do, and why; runs nothing, writes nothing"
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

    def answer(self, options: Mapping[str, Any], words: list[str]) -> int:  # noqa: ARG002 - they chose the tasks
        """Print the plan."""
        check_owner(self.compose)
        control = select_tasks(self.task_list, self.sel_tasks, selection=self.compose.selection)
        planned = list(plan_steps(control.tasks, control.selected_tasks, self.state))
        removed = self.list_removed(control)
        efforts = {step.name: self.recall_effort(control.tasks[step.name].meta["task"], step) for step in planned}
        if options["as_json"]:
            tasks = [
                {**asdict(step), "seconds": efforts[step.name].seconds, "bytes": efforts[step.name].size}
                for step in planned
            ]
            print(json.dumps({"version": 1, "tasks": tasks, "removed": removed}, indent=1))
        else:
            print(
                "\n".join(
                    [
                        *format_plan(planned, fresh=options["fresh"]),
                        *format_effort([(step, efforts[step.name]) for step in planned]),
                        *(f"to be removed: {path}" for path in removed),
                    ]
                )
            )
        return 0

    def recall_effort(self, task: Task, step: Step) -> Effort:
        """Return what a task took and wrote last time; nothing if it does not run."""
        if not step.runs:
            return Effort(0.0, 0)
        return Effort(self.state.seconds(step.name), sum(measure_file(path) for path in task.outputs))

    def list_removed(self, control: Any) -> list[str]:
        """Return what a run of the whole compose will remove because no task makes it any more; a part removes nothing."""
        if not self.sel_default_tasks or self.compose.selection:
            return []
        strays = find_strays(self.compose, control.tasks, self.state.records)
        check_obstacles(self.compose, strays)
        return [f"{self.compose.paths.root}/{path}" for path in strays.stale]


def format_plan(planned: list[Step], *, fresh: bool) -> Iterator[str]:
    """Yield the plan in lines for a person; what is up to date is included only if `fresh`."""
    moved = [step for step in planned if step.why == (MOVED,)]
    for step in planned:
        if step not in moved and (step.answer != "fresh" or fresh):
            yield f"{step.name} {WORDS[step.answer]}"
            yield from (f"    {reason}" for reason in step.why)
    if moved:
        yield f"{', '.join(step.name for step in moved)} will run: {MOVED}"
    counts: dict[str, Any] = {answer: sum(step.answer == answer for step in planned) for answer in WORDS}
    summary = f"{counts['run']} will run, {counts['may']} may follow, {counts['fresh']} up to date"
    yield f"{summary}, {counts['out']} left out" if counts["out"] else summary


def format_effort(planned: Iterable[tuple[Step, Effort]]) -> Iterator[str]:
    """Yield a line on how long the tasks will take and how much they will write, by what they did last time."""
    running = [(step, effort) for step, effort in planned if step.runs]
    if not running:
        return
    sure, all_seconds = (
        sum(effort.seconds for step, effort in running if step.answer in answers) / count_processors()
        for answers in ({"run"}, {"run", "may"})
    )
    size = sum(effort.size for _, effort in running)
    span = format_duration(sure)
    if format_duration(all_seconds) != span:
        span += f" to {format_duration(all_seconds)}"
    new = sum(not effort.seconds for _, effort in running)
    yield f"by last time: {span}, {format_size(size)} written" + (f"; {new} of them never ran" if new else "")
