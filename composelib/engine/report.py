"""What the user sees of a run, and what run.json and STATUS keep of it."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from composelib.engine.worker import Failure
from composelib.files import write
from composelib.model import Compose

LAST_LINES = 20  # of a failed task's log
COMMAND_MARK = "$ "  # what run() writes before a command in a log


@dataclass
class Entry:
    """What became of a task in this run."""

    name: str
    state: str
    """`running`, `done`, `fresh`, `failed`, `failed-failable`, `skipped` (it needs what failed)."""
    seconds: float = 0.0
    why: list[str] = field(default_factory=list)
    log: str = ""
    error: str = ""


@dataclass
class Report:
    """doit's reporter: a status line while tasks run, a block for each failure, a closing line."""

    compose: Compose
    stream: TextIO
    expected: Callable[[str], float]
    """The seconds a task took last time."""
    command: str = "doit"
    """What starts a task again, the task's name put after it."""
    slots: int = 1
    entries: dict[str, Entry] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    total: int = 0
    started: float = field(default_factory=time.monotonic)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    shown: bool = False

    def initialize(self, tasks: dict[str, Any], selected: list[str]) -> None:
        """Count what the run is about."""
        self.names = [name for name in reached(tasks, selected) if (tasks[name].meta or {}).get("task")]
        self.total = len(self.names)

    # what doit's runner calls

    def get_status(self, _task: Any) -> None:
        """A check of a task begins: nothing to say."""

    def skip_uptodate(self, task: Any) -> None:
        """A task is fresh: silence."""
        if (task.meta or {}).get("task"):
            self.entries[task.name] = Entry(task.name, "fresh")

    def skip_ignore(self, task: Any) -> None:
        """A task is left out at the user's wish."""
        self.entries[task.name] = Entry(task.name, "skipped", error="left out by `doit ignore`")

    def add_success(self, task: Any) -> None:
        """A task ended well."""
        self.finish(task, "done")

    def add_failure(self, _task: Any, _failure: Any) -> None:
        """A task failed: failed() said so."""

    def complete_run(self) -> None:
        """The run is over: conclude() has the last word."""

    # what our runner calls

    def began(self, task: Any, why: list[str]) -> None:
        """Say that a task starts; before the first, the compose is marked as being made."""
        if not any(entry.state == "running" for entry in self.entries.values()) and not self.ran():
            write(self.compose.status, "STARTED\n")
        self.entries[task.name] = Entry(task.name, "running", why=why, log=str(self.log(task)))
        self.line(task.name)

    def progress(self, name: str, text: str) -> None:
        """Show how far a task is, on a terminal only."""
        if self.stream.isatty():
            self.line(f"{name} {text}")

    def failed(self, task: Any, failure: Failure) -> None:
        """Tell a failure in full."""
        self.finish(task, "failed", f"{failure.message}; {failure.hint}" if failure.hint else failure.message)
        self.block(task, failure, "FAILED")

    def lost(self, task: Any, failure: Failure | None) -> None:
        """Tell that a failable task failed, or was left out as it needs one that did."""
        self.finish(
            task, "failed-failable" if failure else "skipped", failure.message if failure else "needs what failed"
        )
        if failure:
            self.block(task, failure, "failed, as it may")

    def skipped(self, task: Any, needs: str) -> None:
        """Note a task that needs one that failed."""
        if (task.meta or {}).get("task"):
            self.entries[task.name] = Entry(task.name, "skipped", error=f"needs {needs}")

    # texts

    def log(self, task: Any) -> Path:
        """Give the path of a task's log."""
        stage = task.meta["stage"]
        return self.compose.log(stage, task.name.removeprefix(f"{stage}:"))

    def finish(self, task: Any, state: str, error: str = "") -> None:
        """Note a task's end."""
        entry = self.entries.setdefault(task.name, Entry(task.name, state, log=str(self.log(task))))
        entry.state, entry.error, entry.seconds = state, error, round(getattr(task, "seconds", 0.0), 3)

    def line(self, text: str) -> None:
        """Show the status line: rewritten in place on a terminal, a line each elsewhere."""
        over = sum(entry.state != "running" for entry in self.entries.values())
        status = f"[{over}/{self.total}{self.left()}] {text}"
        if self.stream.isatty():
            width = shutil.get_terminal_size().columns - 1
            self.stream.write(f"\r\x1b[K{status[:width]}")
            self.shown = True
        else:
            self.stream.write(f"{status}\n")
        self.stream.flush()

    def clear(self) -> None:
        """Wipe the status line before other text is written."""
        if self.shown:
            self.stream.write("\r\x1b[K")
            self.shown = False

    def left(self) -> str:
        """Estimate the time left from what the tasks took last time; empty if nothing is known."""
        open_names = [name for name in self.names if self.entries.get(name, Entry(name, "running")).state == "running"]
        seconds = sum(map(self.expected, open_names)) / self.slots
        return f" {in_words(seconds)} left" if seconds >= 1 else ""

    def block(self, task: Any, failure: Failure, word: str) -> None:
        """Write a failure's block: what, which command, the log's last lines, where it is, how to run it again."""
        log = self.log(task)
        lines = last_lines(log)
        command = next((line for line in reversed(lines) if line.startswith(COMMAND_MARK)), "")
        self.clear()
        told = [f"{task.name}: {word}", f"  error: {failure.message}" + (f"; {failure.hint}" if failure.hint else "")]
        told += [f"  command: {command.removeprefix(COMMAND_MARK)}"] if command else []
        told += ["  last lines of the log:", *(f"    {line}" for line in lines[-LAST_LINES:])] if lines else []
        told += [f"  log: {log}", f"  again: {self.command} {task.name}"]
        self.stream.write("\n".join(told) + "\n")
        self.stream.flush()

    def ran(self) -> bool:
        """Tell whether any task was run."""
        return any(entry.state not in {"fresh", "skipped"} for entry in self.entries.values())

    def conclude(self, status: str, result: int) -> None:
        """Write STATUS and run.json, if anything was done, and the closing line."""
        if self.ran() or result:
            write(self.compose.status, f"{status}\n")
            write(self.compose.root / "run.json", self.as_json(status))
        self.clear()
        self.stream.write(f"{self.summary(status)}\n")
        self.stream.flush()

    def summary(self, status: str) -> str:
        """Give the closing line: counts and seconds."""
        counts = {
            state: sum(entry.state == state for entry in self.entries.values())
            for state in ("done", "fresh", "failed", "failed-failable", "skipped")
        }
        told = ", ".join(f"{count} {state}" for state, count in counts.items() if count) or "nothing to do"
        return f"{self.compose.name}: {status}: {told} in {time.monotonic() - self.started:.1f} s"

    def as_json(self, status: str) -> str:
        """Give run.json."""
        tasks = [vars(entry) for _, entry in sorted(self.entries.items())]
        times = {
            "started": self.started_at.isoformat(timespec="seconds"),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        return (
            json.dumps(
                {"version": 1, "compose": self.compose.name, **times, "status": status, "tasks": tasks}, indent=1
            )
            + "\n"
        )


def reached(tasks: dict[str, Any], selected: list[str]) -> list[str]:
    """Give the names of the selected tasks and of all they need."""
    found: dict[str, None] = {}
    waiting = deque(selected)
    while waiting:
        name = waiting.popleft()
        if name not in found:
            found[name] = None
            waiting.extend(tasks[name].task_dep)
    return list(found)


def last_lines(log: Path, size: int = 65536) -> list[str]:
    """Give the end of a log as lines, at most `size` bytes of it."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - size))
            return stream.read().decode(errors="replace").splitlines()
    except OSError:
        return []


def in_words(seconds: float) -> str:
    """Give a duration as a person says it: `40s`, `3m`, `2h05m`."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.0f}s"
    minutes = round(seconds / 60)
    return f"{minutes}m" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"  # noqa: PLR2004 - an hour


def warn(text: str) -> None:
    """Write a warning for the user."""
    print(f"warning: {text}", file=sys.stderr)
