"""What became of a task in a run, and how far the run is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import Any

from composelib.dataclass import dataclass


@dataclass
class TaskResult:
    """What became of a task in this run."""

    name: str
    state: str
    """`running`, `done`, `fresh`, `failed`, `failed-failable`, `skipped` (it needs what failed)."""
    seconds: float = 0.0
    why: list[str] = field(default_factory=list)
    """The reasons why it ran."""
    log: str = ""
    error: str = ""
    start: float = 0.0
    """Seconds from the start of the run."""


def begin_result(name: str, why: list[str], log: str, run_started: datetime) -> TaskResult:
    """Return what is to be said of a task that starts now."""
    start = round((datetime.now(UTC) - run_started).total_seconds(), 3)
    return TaskResult(name, "running", why=why, log=log, start=start)


@dataclass(frozen=True)
class RunningTask:
    """A task that runs now."""

    name: str
    seconds: float
    """Since it was started."""
    expected: float
    """What it took last time; 0 if it never ran."""
    progress: str
    """What it says of its progress, such as `3/12 files, 4.1 MB`; empty for nothing."""


@dataclass(frozen=True)
class RunProgress:
    """How far a run is."""

    ended: int
    total: int
    failed: int
    seconds_left: float
    """By what the tasks took last time."""
    running: tuple[RunningTask, ...] = ()


def count_tasks(progress: RunProgress) -> dict[str, Any]:
    """Return how far a run is, as JSON has it."""
    return {
        "ended": progress.ended,
        "total": progress.total,
        "failed": progress.failed,
        "seconds_left": round(progress.seconds_left, 1),
    }


def describe_failure(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return what JSON has of a failed task."""
    return {key: task.get(key, "") for key in ("name", "state", "error", "log")}
