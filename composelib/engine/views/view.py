"""What shows a run to the user, and the words that all who do have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from composelib.engine.screen import format_duration
from composelib.engine.task_result import RunningTask, RunProgress, TaskResult


class View(Protocol):
    """Shows a run."""

    def begin(self, task: TaskResult, progress: RunProgress) -> None:
        """Show that a task starts."""

    def end(self, task: TaskResult, progress: RunProgress) -> None:
        """Show that a task that ran has ended."""

    def refresh(self, progress: RunProgress) -> None:
        """Show what runs; called each second, and whenever a task says how far it is."""

    def fail(self, text: str, facts: Mapping[str, Any]) -> None:
        """Show a failure: the text is for people, the facts are for programs."""

    def warn(self, text: str) -> None:
        """Show a warning."""

    def close(self, text: str, facts: Mapping[str, Any]) -> None:
        """Show how the run ended."""

    def clear(self) -> None:
        """Wipe what stands on the terminal for the time being."""


def format_position(progress: RunProgress) -> str:
    """Return how far a run is: `[47/58 4m left, 1 failed]`."""
    words = [f"{progress.ended}/{progress.total}"]
    if progress.seconds_left >= 1:
        words[0] += f" {format_duration(progress.seconds_left)} left"
    if progress.failed:
        words.append(f"{progress.failed} failed")
    return f"[{', '.join(words)}]"


def format_running(task: RunningTask) -> str:
    """Return a task that runs, with its seconds and how far it is: `fetch:Base:amd64 12s of about 40s, 3/12 files`."""
    last_time = f" of about {format_duration(task.expected)}" if task.expected >= 1 else ""
    return f"{task.name} {format_duration(task.seconds)}{last_time}{f', {task.progress}' if task.progress else ''}"
