"""A run for programs: an event a line, each a JSON object with the key `event`."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, field
from typing import Any, TextIO

from composelib.dataclass import dataclass
from composelib.engine.task_result import RunProgress, TaskResult, count_tasks

FORMAT = 1
PAUSE = 1.0
"""Seconds between two events of progress at least."""


@dataclass
class JsonView:
    """Writes events."""

    stream: TextIO
    progress_at: float = field(default_factory=time.monotonic)

    def begin(self, task: TaskResult, progress: RunProgress) -> None:
        """Write that a task starts, with its reasons."""
        self.write("begin", {"task": task.name, "why": task.why, "log": task.log, **count_tasks(progress)})

    def end(self, task: TaskResult, progress: RunProgress) -> None:
        """Write how a task ended."""
        facts = {"task": task.name, "state": task.state, "seconds": task.seconds, "error": task.error}
        self.write("end", {**facts, **count_tasks(progress)})

    def refresh(self, progress: RunProgress) -> None:
        """Write what runs, once a second."""
        if time.monotonic() - self.progress_at >= PAUSE:
            self.progress_at = time.monotonic()
            self.write("progress", {**count_tasks(progress), "running": [asdict(task) for task in progress.running]})

    def fail(self, text: str, facts: Mapping[str, Any]) -> None:
        """Write a failure."""
        del text
        self.write("failure", facts)

    def warn(self, text: str) -> None:
        """Write a warning."""
        self.write("warning", {"text": text})

    def close(self, text: str, facts: Mapping[str, Any]) -> None:
        """Write how the run ended."""
        self.write("finished", {**facts, "text": text})

    def clear(self) -> None:
        """Wipe nothing: lines stay."""

    def write(self, event: str, facts: Mapping[str, Any]) -> None:
        """Write an event."""
        self.stream.write(json.dumps({"version": FORMAT, "event": event, **facts}) + "\n")
        self.stream.flush()
