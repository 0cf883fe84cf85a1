"""A run on a terminal: how far it is, and below that each task that runs."""

from __future__ import annotations

from composelib.dataclass import dataclass
from composelib.engine.task_result import RunProgress, TaskResult
from composelib.engine.views.view import ScreenView, format_picture


@dataclass
class TerminalView(ScreenView):
    """Rewrites the picture in place."""

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
        self.screen.show(format_picture(progress))
