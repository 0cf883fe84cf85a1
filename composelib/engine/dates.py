"""The dates that artifacts were made at: SOURCE_DATE_EPOCH as each task had it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from composelib.task import Task
from composelib.text.json_file import write_json

if TYPE_CHECKING:
    from composelib.engine.freshness import TaskRecord
    from composelib.engine.state_db import Records


def hand_out_dates(records: Records, task: Task) -> None:
    """Write the file in which a task finds the dates of those that its inputs come from."""
    if task.dates:
        write_json(task.dates, find_dates(records.tasks, map(str, (*task.inputs, *task.optional))))


def remove_dates(task: Task) -> None:
    """Remove that file."""
    if task.dates:
        task.dates.unlink(missing_ok=True)


def find_dates(records: Mapping[str, TaskRecord], paths: Iterable[str]) -> dict[str, int]:
    """Return the dates of the tasks that files come from, directly or through others, as far as they read a date."""
    makers = {path: name for name, record in records.items() for path in record.outputs}
    names: set[str] = set()
    waiting = list(paths)
    while waiting:
        name = makers.get(waiting.pop())
        if name and name not in names:
            names.add(name)
            waiting += records[name].seen.inputs
    epochs = {name: records[name].epoch.strip() for name in sorted(names)}
    return {name: int(epoch) for name, epoch in epochs.items() if epoch.isdigit()}
