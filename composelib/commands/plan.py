"""`doit plan`: what a run would do, and why; runs nothing, writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from doit.cmd_base import DoitCmdBase

from composelib.engine.exit_status import exit_status, helped
from composelib.engine.plan import Step, steps
from composelib.engine.selection import selected_control

WORDS = {"run": "will run", "may": "may follow", "out": "is left out", "fresh": "is up to date"}


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

    def parse_execute(self, in_args: list[str]) -> int:
        """Load the tasks and plan; gives the exit status."""
        return 0 if helped(self, in_args) else exit_status(lambda: super(Plan, self).parse_execute(in_args))

    def _execute(self, as_json: bool, fresh: bool) -> int:
        """Print the plan; doit finds the parameters by their names."""
        part = self.loader.namespace["compose"].selection
        control = selected_control(self.task_list, self.sel_tasks, part=part)
        found = list(steps(control.tasks, control.selected_tasks, self.dep_manager))
        if as_json:
            print(json.dumps({"version": 1, "tasks": [asdict(step) for step in found]}, indent=1))
        else:
            print("\n".join(lines(found, fresh=fresh)))
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
