"""What shows a run to the user, and the words that all who do have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from composelib.dataclass import dataclass
from composelib.engine.screen import Screen, format_duration
from composelib.engine.task_result import RunningTask, RunProgress, TaskResult

ROWS = 8
"""Running tasks that are shown."""


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


@dataclass
class ScreenView:
    """Writes for people what does not depend on how the running tasks are shown."""

    screen: Screen

    def fail(self, text: str, facts: Mapping[str, Any]) -> None:
        """Write a failure."""
        del facts
        self.screen.say(text)

    def warn(self, text: str) -> None:
        """Write a warning."""
        self.screen.warn(text)

    def close(self, text: str, facts: Mapping[str, Any]) -> None:
        """Write the closing line."""
        del facts
        self.screen.say(text)

    def clear(self) -> None:
        """Wipe the status; lines stay."""
        self.screen.clear()


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


def format_picture(progress: RunProgress) -> list[str]:
    """Return how far a run is and, below that, each task that runs, or as many as there is room for."""
    rows = [f"  {format_running(task)}" for task in progress.running[:ROWS]]
    if len(progress.running) > ROWS:
        rows.append(f"  and {len(progress.running) - ROWS} more")
    return [format_position(progress), *rows]
