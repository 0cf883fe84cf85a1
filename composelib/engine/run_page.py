"""The page about a run beside run.json: its failures, its longest chain, its slowest tasks."""

from __future__ import annotations

import graphlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from composelib.dataclass import dataclass
from composelib.engine.task_log import read_last_lines
from composelib.text.html import render_page

TEMPLATE = Path(__file__).parents[1] / "text" / "run.html.jinja"
SLOWEST = 15
"""How many of the slowest tasks are shown."""
TAIL = 40
"""How many lines of a failed task's log are shown."""
THINNEST = 0.002
"""The least width of a bar, so that it is seen."""
Row = Mapping[str, Any]
Needs = Mapping[str, Sequence[str]]
"""The names of the tasks that each task needs."""


@dataclass(frozen=True)
class Bar:
    """A task's bar; start and width are shares of the chart's width."""

    name: str
    seconds: float
    start: float
    width: float
    failed: bool


@dataclass(frozen=True)
class Failure:
    """A task that failed, with the last lines of its log, whose path is relative to the page."""

    name: str
    failable: bool
    error: str
    log: str
    lines: tuple[str, ...]


def render_run_page(run: Row, needs: Needs, folder: Path) -> str:
    """Return the page of a run as run.json has it, to be written to a folder."""
    tasks = [task for task in run["tasks"] if task["state"] != "fresh"]
    chain = find_longest_chain(tasks, needs)
    return render_page(
        TEMPLATE,
        {"seconds": lambda value: f"{value:.1f} s", "percent": lambda value: f"{value:.2%}"},
        title=f"{run['compose']}: {run['status'] or 'a part was made'}",
        run=run,
        counts=Counter(task["state"] for task in run["tasks"]),
        failures=[read_failure(task, folder) for task in tasks if task["state"].startswith("failed")],
        chain=list(chain_bars(chain)),
        length=sum(task["seconds"] for task in chain),
        slowest=list(compare_bars(sorted(tasks, key=rank_task, reverse=True)[:SLOWEST])),
        tasks=sorted(tasks, key=rank_task, reverse=True),
    )


def rank_task(task: Row) -> tuple[float, str]:
    """Return the key that sorts tasks by their seconds."""
    return task["seconds"], task["name"]


def find_longest_chain(tasks: Sequence[Row], needs: Needs) -> list[Row]:
    """Return the tasks, each needed by the next, that took the most seconds together; none if none took any.

    Tasks that took none are left out.
    """
    seconds = {task["name"]: task["seconds"] for task in tasks}
    ends: dict[str, float] = {}
    former: dict[str, str] = {}
    for name in graphlib.TopologicalSorter(needs).static_order():
        longest = max(needs.get(name, ()), key=lambda needed: ends.get(needed, 0.0), default="")
        former[name], ends[name] = longest, ends.get(longest, 0.0) + seconds.get(name, 0.0)
    name, chain = max(seconds, key=lambda name: ends.get(name, 0.0), default=""), []
    by_name = {task["name"]: task for task in tasks}
    while name:
        chain += [by_name[name]] if seconds.get(name) else []
        name = former.get(name, "")
    return chain[::-1]


def chain_bars(chain: Sequence[Row]) -> Iterator[Bar]:
    """Yield the bars of tasks that follow one another."""
    total, start = sum(task["seconds"] for task in chain), 0.0
    for task in chain:
        yield make_bar(task, start / total, task["seconds"] / total)
        start += task["seconds"]


def compare_bars(tasks: Sequence[Row]) -> Iterator[Bar]:
    """Yield bars as long as their tasks took; the longest fills the chart."""
    for task in tasks:
        if task["seconds"]:
            yield make_bar(task, 0.0, task["seconds"] / tasks[0]["seconds"])


def make_bar(task: Row, start: float, width: float) -> Bar:
    """Return a task's bar."""
    return Bar(task["name"], task["seconds"], start, max(width, THINNEST), task["state"].startswith("failed"))


def read_failure(task: Row, folder: Path) -> Failure:
    """Return a failure with the last lines of its log."""
    log = Path(task["log"]) if task["log"] else None
    error = f"error: {task['error']}".splitlines()
    lines = [line for line in (read_last_lines(log) if log else []) if line not in error][-TAIL:]
    path = os.path.relpath(log, folder) if log else ""
    return Failure(task["name"], task["state"] == "failed-failable", task["error"], path, tuple(lines))
