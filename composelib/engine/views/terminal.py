"""A run on a terminal: how far it is, and below that each task that runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from composelib.engine.screen import Screen
from composelib.engine.task_result import RunProgress, TaskResult
from composelib.engine.views.view import format_position, format_running

ROWS = 8
"""Running tasks that are shown."""


@dataclass
class TerminalView:
    """Rewrites the picture in place."""

    screen: Screen
    verbose: bool = False
    """Whether each task gets a line when it ends, with its reasons."""

    def begin(self, task: TaskResult, progress: RunProgress) -> None:
        """Show the task among those that run."""
        if self.verbose:
            self.screen.say("\n  ".join([task.name, *task.why]))
        self.draw(progress)

    def end(self, task: TaskResult, progress: RunProgress) -> None:
        """Take the task away."""
        if self.verbose:
            self.screen.say(f"{task.name}: {task.state} in {task.seconds:.1f} s")
        self.draw(progress)

    def refresh(self, progress: RunProgress) -> None:
        """Draw the picture anew."""
        self.draw(progress)

    def draw(self, progress: RunProgress) -> None:
        """Draw the picture."""
        rows = [f"  {format_running(task)}" for task in progress.running[:ROWS]]
        if len(progress.running) > ROWS:
            rows.append(f"  and {len(progress.running) - ROWS} more")
        self.screen.show([format_position(progress), *rows])

    def fail(self, text: str, facts: Mapping[str, Any]) -> None:
        """Write the failure above the picture."""
        del facts
        self.screen.say(text)

    def warn(self, text: str) -> None:
        """Write the warning above the picture."""
        self.screen.warn(text)

    def close(self, text: str, facts: Mapping[str, Any]) -> None:
        """Write the closing line in place of the picture."""
        del facts
        self.screen.say(text)

    def clear(self) -> None:
        """Wipe the picture."""
        self.screen.clear()
