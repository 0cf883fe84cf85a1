"""A run as a trace that viewers of Chrome's trace event format open (chrome://tracing, Perfetto, speedscope)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

RAN = frozenset(("done", "failed", "failed-failable"))
"""The states of tasks that have run."""
MICRO = 1_000_000
COMPLETE, METADATA = "X", "M"
"""Kinds of events: one with a duration; the name of a process."""


def make_trace(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return the trace of a run: an event for each task that ran, in as many rows as ran at a time."""
    tasks = sorted(
        (task for task in run["tasks"] if task["state"] in RAN), key=lambda task: (task["start"], task["name"])
    )
    name = {"name": "process_name", "ph": METADATA, "pid": 1, "tid": 0, "args": {"name": f"compose {run['compose']}"}}
    events = [describe_event(task, lane) for task, lane in zip(tasks, assign_lanes(tasks), strict=True)]
    return {
        "displayTimeUnit": "ms",
        "otherData": {key: run[key] for key in ("compose", "started", "finished", "status", "exit")},
        "traceEvents": [name, *events],
    }


def assign_lanes(tasks: Sequence[Mapping[str, Any]]) -> Iterator[int]:
    """Yield a row for each task, sorted by their starts, in which no other task runs at that time."""
    ends: list[float] = []
    for task in tasks:
        lane = next((number for number, end in enumerate(ends) if end <= task["start"]), len(ends))
        ends[lane : lane + 1] = [task["start"] + task["seconds"]]
        yield lane + 1


def describe_event(task: Mapping[str, Any], lane: int) -> dict[str, Any]:
    """Return the event of a task."""
    return {
        "name": task["name"],
        "cat": task["name"].partition(":")[0],
        "ph": COMPLETE,
        "pid": 1,
        "tid": lane,
        "ts": round(task["start"] * MICRO),
        "dur": round(task["seconds"] * MICRO),
        "args": {"state": task["state"], "why": task["why"], "error": task["error"]},
    }
