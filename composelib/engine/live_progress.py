"""How far the run at work is, for other processes: a file in the compose's folder, written anew each second."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from composelib.dataclass import dataclass
from composelib.engine.task_result import RunProgress, TaskResult, count_tasks, describe_failure
from composelib.files import written_aside
from composelib.text.json_file import parse_json

NAME = "progress.json"
"""The name of the file."""
FORMAT = 1
PAUSE = 1.0
"""Seconds between two versions of the file at least."""


@dataclass
class LiveProgress:
    """Writes the file while a run is at work."""

    path: Path
    written_at: float = -PAUSE

    def write(
        self, started: str, progress: RunProgress, counts: Mapping[str, int], failed: Iterable[TaskResult]
    ) -> None:
        """Write how far the run is, if that was not written a moment ago; on a full disk go without."""
        if time.monotonic() - self.written_at < PAUSE:
            return
        self.written_at = time.monotonic()
        state = {
            "version": FORMAT,
            "started": started,
            **count_tasks(progress),
            "running": [asdict(task) for task in progress.running],
            "tasks": {word: count for word, count in sorted(counts.items()) if count},
            "failures": [describe_failure(vars(task)) for task in failed],
        }
        with suppress(OSError), written_aside(self.path, durable=False) as aside:
            aside.write_text(json.dumps(state, indent=1) + "\n")

    def remove(self) -> None:
        """Remove the file: run.json says how the run ended."""
        self.path.unlink(missing_ok=True)


def read_progress(path: Path) -> dict[str, Any]:
    """Read the file; an empty dict if there is none, or none that is whole."""
    try:
        state: dict[str, Any] = parse_json(path.read_text() if path.is_file() else "")
        return state if state["version"] == FORMAT else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
