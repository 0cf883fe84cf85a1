"""`doit plan`: what a run would do, and why; runs nothing, writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from composelib.commands.shared.plan_answers import WORDS
from composelib.engine.doit_commands import TaskCommand
from composelib.engine.doit_selection import select_tasks
from composelib.engine.ownership import check_owner
from composelib.engine.plan import Step, plan_steps
from composelib.engine.sweep import check_obstacles, find_strays


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
        if options["as_json"]:
            tasks = [asdict(step) for step in planned]
            print(json.dumps({"version": 1, "tasks": tasks, "removed": removed}, indent=1))
        else:
            print(
                "\n".join(
                    [*format_plan(planned, fresh=options["fresh"]), *(f"to be removed: {path}" for path in removed)]
                )
            )
        return 0

    def list_removed(self, control: Any) -> list[str]:
        """Return what a run of the whole compose will remove because no task makes it any more; a part removes nothing."""
        if not self.sel_default_tasks or self.compose.selection:
            return []
        strays = find_strays(self.compose, control.tasks, self.state.records)
        check_obstacles(self.compose, strays)
        return [f"{self.compose.paths.root}/{path}" for path in strays.stale]


def format_plan(planned: list[Step], *, fresh: bool) -> Iterator[str]:
    """Yield the plan in lines for a person; what is up to date is included only if `fresh`."""
    for step in planned:
        if step.answer != "fresh" or fresh:
            yield f"{step.name} {WORDS[step.answer]}"
            yield from (f"    {reason}" for reason in step.why)
    counts: dict[str, Any] = {answer: sum(step.answer == answer for step in planned) for answer in WORDS}
    summary = f"{counts['run']} will run, {counts['may']} may follow, {counts['fresh']} up to date"
    yield f"{summary}, {counts['out']} left out" if counts["out"] else summary
