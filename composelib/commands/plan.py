"""`doit plan`: what a run would do, and why; runs nothing, writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from composelib.engine.doit_commands import TaskCommand
from composelib.engine.doit_selection import select_tasks
from composelib.engine.plan import Step, steps

WORDS = {"run": "will run", "may": "may follow", "out": "is left out", "fresh": "is up to date"}


class Plan(TaskCommand):
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

    def answer(self, options: Mapping[str, Any], words: list[str]) -> int:  # noqa: ARG002 - they chose the tasks
        """Print the plan."""
        control = select_tasks(self.task_list, self.sel_tasks, selection=self.compose.selection)
        found = list(steps(control.tasks, control.selected_tasks, self.state))
        if options["as_json"]:
            print(json.dumps({"version": 1, "tasks": [asdict(step) for step in found]}, indent=1))
        else:
            print("\n".join(lines(found, fresh=options["fresh"])))
        return 0


def lines(found: list[Step], *, fresh: bool) -> Iterator[str]:
    """Return the plan as a person reads it; what is up to date is left out unless asked for."""
    for step in found:
        if step.answer != "fresh" or fresh:
            yield f"{step.name} {WORDS[step.answer]}"
            yield from (f"    {reason}" for reason in step.why)
    counts: dict[str, Any] = {answer: sum(step.answer == answer for step in found) for answer in WORDS}
    told = f"{counts['run']} will run, {counts['may']} may follow, {counts['fresh']} up to date"
    yield f"{told}, {counts['out']} left out" if counts["out"] else told
