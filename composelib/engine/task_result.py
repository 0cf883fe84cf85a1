"""What became of a task in a run, and how far the run is."""

from __future__ import annotations

from dataclasses import dataclass, field


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
