"""A run in a pipe or a log: a line when a task starts and one when it ends, and a sign of life each minute.

Or less: only failures, warnings and the closing line.
"""

from __future__ import annotations

import time
from dataclasses import field

from composelib.dataclass import dataclass
from composelib.engine.task_result import RunProgress, TaskResult
from composelib.engine.views.view import ScreenView, format_position, format_running

SILENCE = 60.0
"""Seconds after which a run that has written nothing says what it does."""


@dataclass
class LineView(ScreenView):
    """Writes lines."""

    verbose: bool = False
    """Whether the reasons why a task runs are written, too."""
    quiet: bool = False
    """Whether only failures, warnings and the closing line are written."""
    written_at: float = field(default_factory=time.monotonic)

    def begin(self, task: TaskResult, progress: RunProgress) -> None:
        """Write that a task starts."""
        reasons = task.why if self.verbose else []
        self.write_news("\n  ".join([f"{format_position(progress)} {task.name}", *reasons]))

    def end(self, task: TaskResult, progress: RunProgress) -> None:
        """Write that a task has ended; a failure is written by fail()."""
        if task.state == "done":
            self.write_news(f"{format_position(progress)} {task.name}: done in {task.seconds:.1f} s")

    def refresh(self, progress: RunProgress) -> None:
        """Write what runs, if nothing was written for a minute."""
        if progress.running and time.monotonic() - self.written_at >= SILENCE:
            names = "; ".join(map(format_running, progress.running))
            self.write_news(f"{format_position(progress)} still running: {names}")

    def write_news(self, text: str) -> None:
        """Write how the run goes on, unless only its faults are of interest."""
        self.written_at = time.monotonic()
        if not self.quiet:
            self.screen.say(text)
