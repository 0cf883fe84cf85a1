"""What becomes of each task, told to the user and kept in run.json and STATUS."""

from __future__ import annotations

import json
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from composelib.engine.child_process import Failure
from composelib.engine.exit_status import let_go_of_stdout
from composelib.engine.notify import Notify
from composelib.engine.schedule import task_of
from composelib.engine.screen import Screen, in_words
from composelib.files import write
from composelib.model.compose import Compose

LAST_LINES = 20  # of a failed task's log
LAST_BYTES = 65536  # of a log that are looked at
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
    screen: Screen
    expected: Callable[[str], float]
    """The seconds a task took last time."""
    notify: Notify
    command: str = "doit"
    """What starts a task again, the task's name put after it."""
    slots: int = 1
    entries: dict[str, Entry] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    """How many entries there are of each state."""
    total: int = 0
    ahead: float = 0.0
    """Seconds that what is not over yet took last time."""
    started: float = field(default_factory=time.monotonic)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    # what doit's runner calls

    def initialize(self, tasks: dict[str, Any], selected: list[str]) -> None:
        """Count what the run is about."""
        names = [name for name in reached(tasks, selected) if task_of(tasks[name])]
        self.total = len(names)
        self.ahead = sum(map(self.expected, names))

    def get_status(self, _task: Any) -> None:
        """A check of a task begins: nothing to say."""

    def skip_uptodate(self, task: Any) -> None:
        """A task is fresh: silence."""
        self.enter(Entry(task.name, "fresh"))

    def skip_ignore(self, task: Any) -> None:
        """A task is left out at the user's wish, or as it needs one that is."""
        if task_of(task):
            self.enter(Entry(task.name, "skipped", error="left out by `doit ignore`"))

    def add_success(self, task: Any) -> None:
        """A task ended well."""
        self.finish(task, "done")

    def add_failure(self, _task: Any, _failure: Any) -> None:
        """A task failed: failed() said so."""

    def runtime_error(self, message: str) -> None:
        """The graph itself is wrong, which is a bug of ours."""
        raise RuntimeError(message)

    def complete_run(self) -> None:
        """The run is over: conclude() has the last word."""

    # what our runner calls

    def began(self, task: Any, why: list[str]) -> None:
        """Say that a task starts; before the first, the compose is marked as being made."""
        if not self.ran():
            self.mark("STARTED")
            self.notify("compose-started", {"compose": self.compose.name, "tasks": self.total})
        self.log(task).unlink(missing_ok=True)
        self.enter(Entry(task.name, "running", why=why, log=str(self.log(task))))
        self.screen.status(f"{self.place()} {task.name}")

    def progress(self, name: str, text: str) -> None:
        """Show how far a task is, on a terminal only."""
        if self.screen.live:
            self.screen.status(f"{self.place()} {name} {text}")

    def failed(self, task: Any, failure: Failure) -> None:
        """Tell a failure in full."""
        self.finish(task, "failed", str(failure))
        self.tell_failure(task, failure, "FAILED")

    def lost(self, task: Any, failure: Failure | None) -> None:
        """Tell that a failable task failed; without a failure, that it was left out as it needs one that did."""
        self.finish(task, "failed-failable" if failure else "skipped", str(failure or "needs what failed"))
        if failure:
            self.tell_failure(task, failure, "failed, as it may")

    def skipped(self, task: Any, needs: str) -> None:
        """Note a task that needs one that failed."""
        if task_of(task):
            self.enter(Entry(task.name, "skipped", error=f"needs {needs}"))

    # entries

    def enter(self, entry: Entry) -> None:
        """Note what becomes of a task."""
        before = self.entries.get(entry.name)
        if before:
            self.counts[before.state] -= 1
        self.entries[entry.name] = entry
        self.counts[entry.state] += 1
        if entry.state != "running":
            self.ahead -= self.expected(entry.name)

    def finish(self, task: Any, state: str, error: str = "") -> None:
        """Note a task's end."""
        begun = self.entries.get(task.name, Entry(task.name, ""))
        seconds = round(getattr(task, "seconds", 0.0), 3)
        self.enter(Entry(task.name, state, seconds, begun.why, begun.log, error))

    def ran(self) -> bool:
        """Tell whether any task was run."""
        return any(count for state, count in self.counts.items() if state not in {"fresh", "skipped"})

    def log(self, task: Any) -> Path:
        """Give the path of a task's log."""
        stage = task.meta["stage"]
        return self.compose.paths.log(stage, task.name.removeprefix(f"{stage}:"))

    # texts

    def place(self) -> str:
        """Give how far the run is: `[12/40 3m left]`."""
        over = sum(count for state, count in self.counts.items() if state != "running")
        seconds = self.ahead / self.slots
        return f"[{over}/{self.total}{f' {in_words(seconds)} left' if seconds >= 1 else ''}]"

    def tell_failure(self, task: Any, failure: Failure, word: str) -> None:
        """Write a failure's block: what, which command, the log's last lines, where it is, how to run it again."""
        log = self.log(task) if self.entries[task.name].log else None
        same = f"error: {failure}".splitlines()
        lines = [line for line in (last_lines(log) if log else []) if line not in same]
        command = next((line for line in reversed(lines) if line.startswith(COMMAND_MARK)), "")
        told = [f"{task.name}: {word}", f"  error: {failure}"]
        told += [f"  command: {command.removeprefix(COMMAND_MARK)}"] if command else []
        told += ["  last lines of the log:", *(f"    {line}" for line in lines[-LAST_LINES:])] if lines else []
        told += [f"  log: {log}"] if log else []
        self.screen.say("\n".join([*told, f"  again: {self.command} {task.name}"]))
        facts = {"task": task.name, "error": str(failure), "log": str(log or ""), "failable": word != "FAILED"}
        self.notify("task-failed", {"compose": self.compose.name, **facts})

    # the end

    def mark(self, status: str) -> None:
        """Write STATUS, unless it says so already."""
        before = self.status()
        if before != status:
            write(self.compose.paths.status, f"{status}\n")
            self.notify("status-change", {"compose": self.compose.name, "from": before, "to": status})

    def status(self) -> str:
        """Give what STATUS says, empty if it is not there."""
        try:
            return self.compose.paths.status.read_text().strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def conclude(self, status: str, result: int) -> None:
        """Write STATUS and, if anything was done, run.json; then the closing line. An empty status is none to write."""
        if status:
            self.mark(status)
        if self.ran() or result:
            write(self.compose.paths.root / "run.json", self.as_json(status, result))
            self.notify("compose-finished", {"compose": self.compose.name, "status": status, "exit": result})
        try:
            self.screen.say(self.summary(status))
        except BrokenPipeError:
            let_go_of_stdout()

    def summary(self, status: str) -> str:
        """Give the closing line: counts and seconds."""
        states = ("done", "fresh", "failed", "failed-failable", "skipped")
        told = ", ".join(f"{self.counts[state]} {state}" for state in states if self.counts[state])
        word = f"{status}: " if status else ""
        return f"{self.compose.name}: {word}{told or 'nothing to do'} in {time.monotonic() - self.started:.1f} s"

    def as_json(self, status: str, result: int) -> str:
        """Give run.json."""
        run = {
            "version": 1,
            "compose": self.compose.name,
            "started": self.started_at.isoformat(timespec="seconds"),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "status": status,
            "exit": result,
            "tasks": [vars(entry) for _, entry in sorted(self.entries.items())],
        }
        return json.dumps(run, indent=1) + "\n"


def reached(tasks: dict[str, Any], selected: Iterable[str]) -> list[str]:
    """Give the names of the selected tasks and of all they need."""
    found: dict[str, None] = {}
    waiting = deque(selected)
    while waiting:
        name = waiting.popleft()
        if name not in found:
            found[name] = None
            waiting.extend(tasks[name].task_dep)
    return list(found)


def last_lines(log: Path) -> list[str]:
    """Give the end of a log as lines."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - LAST_BYTES))
            return stream.read().decode(errors="replace").splitlines()
    except OSError:
        return []
