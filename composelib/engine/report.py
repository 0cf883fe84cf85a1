"""Shows the user what becomes of each task, and writes it to run.json and STATUS."""

from __future__ import annotations

import stat
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from composelib.dataclass import dataclass
from composelib.engine.child_process import TaskFailure
from composelib.engine.exit_status import discard_stdout
from composelib.engine.live_progress import NAME, LiveProgress
from composelib.engine.memory import STATUS, recall, remember
from composelib.engine.notify import Notify
from composelib.engine.processes import measure_age
from composelib.engine.run_record import write_run
from composelib.engine.schedule import list_needs, unwrap_task
from composelib.engine.state_db import Records
from composelib.engine.task_log import read_last_lines
from composelib.engine.task_result import RunningTask, RunProgress, TaskResult, begin_result
from composelib.engine.views.view import View
from composelib.engine.written_size import describe_written
from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.program import PROGRAM

LAST_LINES = 20
"""How many lines of a failed task's log are shown."""
WARNING = "warning: "
"""What a task writes before a warning in its log."""
SHOWN_WARNINGS = 3
COMMAND_MARK = "$ "
"""What tools/run.py writes before a command in a log."""
FAILED = {"failed": "failed", "failed-failable": "failed (failable)"}
"""The words for the states of failure."""
IGNORED = f"left out by `{PROGRAM} ignore`"
PUBLIC = stat.S_IFREG | 0o644
"""The mode of STATUS."""


@dataclass
class Report:
    """doit's reporter: it counts what becomes of the tasks, and lets a view show it."""

    compose: Compose
    records: Records
    view: View
    expected: Callable[[str], float]
    """Returns the seconds a task took last time."""
    notify: Notify
    command: str = PROGRAM
    """The command that runs a task again once the task's name is appended."""
    slots: int = 1
    results: dict[str, TaskResult] = field(default_factory=dict)
    tasks: Mapping[str, Any] = field(default_factory=dict)
    """doit's tasks by name."""
    counts: Counter[str] = field(default_factory=Counter)
    """How many results there are of each state."""
    total: int = 0
    ahead: float = 0.0
    """Seconds that the unfinished tasks took last time."""
    begun: dict[str, float] = field(default_factory=dict)
    """When each running task was started, on time.monotonic()."""
    outputs: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    """The outputs of each running task."""
    notes: dict[str, str] = field(default_factory=dict)
    """What each running task last said of its progress."""
    started: float = field(default_factory=lambda: time.monotonic() - measure_age())
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @cached_property
    def live(self) -> LiveProgress:
        """What other processes read while the run is at work."""
        return LiveProgress(self.compose.paths.root / NAME)

    # for doit's runner

    def initialize(self, tasks: dict[str, Any], selected: list[str]) -> None:
        """Count the tasks of the run."""
        self.tasks = tasks
        names = [name for name in reach_tasks(tasks, selected) if unwrap_task(tasks[name])]
        self.total = len(names)
        self.ahead = sum(map(self.expected, names))

    def get_status(self, _task: Any) -> None:
        """Ignore doit's report that it checks a task."""

    def skip_uptodate(self, task: Any) -> None:
        """Record a fresh task, silently."""
        self.record(TaskResult(task.name, "fresh"))

    def skip_ignore(self, task: Any) -> None:
        """Record a task that the user ignores, or that needs an ignored one."""
        if unwrap_task(task):
            self.record(TaskResult(task.name, "skipped", error=IGNORED))

    def add_success(self, task: Any) -> None:
        """Record a task that succeeded, and show what it warns of."""
        self.finish(task, "done")
        self.show_warnings(task)

    def add_failure(self, _task: Any, _failure: Any) -> None:
        """Ignore doit's report of a failure: record_failure() has handled it."""

    def runtime_error(self, message: str) -> None:
        """Raise RuntimeError for an error in the graph, which is a bug of ours."""
        raise RuntimeError(message)

    def complete_run(self) -> None:
        """Ignore doit's report that the run has ended: conclude() writes the closing line."""

    # for our runner

    def record_start(self, task: Any, why: list[str]) -> None:
        """Record and show that a task starts; the first one also marks the compose as started."""
        if not self.has_run():
            self.write_status("STARTED")
            self.notify("compose-started", {"compose": self.compose.name, "tasks": self.total})
        self.log(task).unlink(missing_ok=True)
        result = begin_result(task.name, why, str(self.log(task)), self.started_at)
        self.record(result)
        self.begun[task.name] = time.monotonic()
        self.outputs[task.name] = task.meta["task"].outputs
        self.view.begin(result, self.measure_progress())

    def progress(self, name: str, text: str) -> None:
        """Show how far a task is."""
        self.notes[name] = text
        self.refresh()

    def refresh(self) -> None:
        """Show what runs, here and to other processes."""
        progress = self.measure_progress()
        self.view.refresh(progress)
        if self.has_run():
            failed = (task for task in self.results.values() if task.state in FAILED)
            self.live.write(format_time(self.started_at), progress, self.counts, failed)

    def record_failure(self, task: Any, failure: TaskFailure) -> None:
        """Record a failure and show it in full."""
        self.finish(task, "failed", str(failure))
        self.show_failure(task, failure, "FAILED")

    def record_absence(self, task: Any, failure: TaskFailure | None) -> None:
        """Record that a failable task failed, or, without a failure, was skipped because an input is absent."""
        self.finish(task, "failed-failable" if failure else "skipped", str(failure or "needs what failed"))
        if failure:
            self.show_failure(task, failure, FAILED["failed-failable"])

    def record_skip(self, task: Any, needs: str) -> None:
        """Record a task that could not start because one that it needs failed."""
        if unwrap_task(task):
            self.record(TaskResult(task.name, "skipped", error=f"needs {needs}"))

    # results

    def record(self, result: TaskResult) -> None:
        """Record what became of a task, and update the counts."""
        previous = self.results.get(result.name)
        if previous:
            self.counts[previous.state] -= 1
        self.results[result.name] = result
        self.counts[result.state] += 1
        if result.state != "running":
            self.ahead -= self.expected(result.name)

    def finish(self, task: Any, state: str, error: str = "") -> None:
        """Record a task's end."""
        begun = self.results.get(task.name, TaskResult(task.name, ""))
        seconds = round(getattr(task, "seconds", 0.0), 3)
        result = TaskResult(task.name, state, seconds, begun.why, begun.log, error, begun.start)
        self.record(result)
        self.notes.pop(task.name, None)
        if self.begun.pop(task.name, None):
            self.view.end(result, self.measure_progress())

    def has_run(self) -> bool:
        """Return whether any task has run."""
        return any(count for state, count in self.counts.items() if state not in {"fresh", "skipped"})

    def log(self, task: Any) -> Path:
        """Return the path of a task's log."""
        stage = task.meta["stage"]
        return self.compose.paths.log(stage, task.name.removeprefix(f"{stage}:"))

    # texts

    def measure_progress(self) -> RunProgress:
        """Return how far the run is, and what runs, the longest first."""
        now = time.monotonic()
        running = tuple(
            RunningTask(
                name, now - begun, self.expected(name), self.notes.get(name) or describe_written(self.outputs[name])
            )
            for name, begun in self.begun.items()
        )
        ended = sum(count for state, count in self.counts.items() if state != "running")
        failed = sum(self.counts[state] for state in FAILED)
        seconds_left = max(0.0, self.ahead / self.slots)  # a sum that comes down to nothing may end below it
        return RunProgress(ended, self.total, failed, seconds_left, running)

    def show_failure(self, task: Any, failure: TaskFailure, state: str) -> None:
        """Print a failure: the error, the last command, the log's last lines and path, and how to run the task again."""
        log = self.log(task) if self.results[task.name].log else None
        error = f"error: {failure}".splitlines()
        lines = [line for line in (read_last_lines(log) if log else []) if line not in error]
        command = next((line for line in reversed(lines) if line.startswith(COMMAND_MARK)), "")
        block = [f"{task.name}: {state}", f"  error: {failure}"]
        block += [f"  command: {command.removeprefix(COMMAND_MARK)}"] if command else []
        block += ["  last lines of the log:", *(f"    {line}" for line in lines[-LAST_LINES:])] if lines else []
        block += [f"  log: {log}"] if log else []
        facts = {"task": task.name, "error": str(failure), "log": str(log or ""), "failable": state != "FAILED"}
        self.view.fail("\n".join([*block, f"  again: {self.command} {task.name}"]), facts)
        self.notify("task-failed", {"compose": self.compose.name, **facts})

    def show_warnings(self, task: Any) -> None:
        """Print the first warnings in a task's log, and how many more there are."""
        log = self.log(task)
        warnings = [line for line in read_last_lines(log) if line.startswith(WARNING)]
        for line in warnings[:SHOWN_WARNINGS]:
            self.view.warn(f"{task.name}: {line.removeprefix(WARNING)}")
        if len(warnings) > SHOWN_WARNINGS:
            self.view.warn(f"{task.name}: {len(warnings) - SHOWN_WARNINGS} more warnings in {log}")

    # the end

    def write_status(self, status: str) -> None:
        """Remember the status and write it to STATUS, if it changes or STATUS has another."""
        previous = recall(self.records, STATUS)
        if previous != status:
            remember(self.records, STATUS, status)
        if previous != status or not has_text(self.compose.paths.status, f"{status}\n"):
            write_file(self.compose.paths.status, f"{status}\n")
        if previous != status:
            self.notify("status-change", {"compose": self.compose.name, "from": previous, "to": status})

    def conclude(self, status: str, result: int) -> None:
        """Write STATUS, unless `status` is empty, and run.json with its page if anything ran; print the closing line."""
        if status:
            self.write_status(status)
        if self.has_run() or result:
            write_run(self.compose.paths.root, self.describe(status, result), self.tasks)
            self.live.remove()
            self.notify("compose-finished", {"compose": self.compose.name, "status": status, "exit": result})
        try:
            self.view.close(self.summary(status), {"status": status, "exit": result, "counts": dict(self.counts)})
        except BrokenPipeError:
            discard_stdout()

    def summary(self, status: str) -> str:
        """Return the closing line: counts and seconds."""
        states = ("done", "fresh", "failed", "failed-failable", "skipped")
        counts = ", ".join(f"{self.counts[state]} {state}" for state in states if self.counts[state])
        word = f"{status}: " if status else ""
        line = f"{self.compose.name}: {word}{counts or 'nothing to do'} in {time.monotonic() - self.started:.1f} s"
        return f"{line}; what is done stands, `{self.command}` goes on from there" if status == "TERMINATED" else line

    def describe(self, status: str, result: int) -> dict[str, Any]:
        """Return the run as run.json has it."""
        return {
            "version": 1,
            "compose": self.compose.name,
            "started": format_time(self.started_at),
            "finished": format_time(datetime.now(UTC)),
            "status": status,
            "exit": result,
            "tasks": [vars(entry) for _, entry in sorted(self.results.items())],
        }


def format_time(moment: datetime) -> str:
    """Return a moment as JSON has it."""
    return moment.isoformat(timespec="seconds")


def reach_tasks(tasks: dict[str, Any], selected: Iterable[str]) -> list[str]:
    """Return the names of the selected tasks and of all they need."""
    names: dict[str, None] = {}
    waiting = deque(selected)
    while waiting:
        name = waiting.popleft()
        if name not in names:
            names[name] = None
            waiting.extend(list_needs(tasks[name]))
    return list(names)


def has_text(path: Path, text: str) -> bool:
    """Return whether a file has exactly this text, is no link, and may be read by all."""
    try:
        return path.lstat().st_mode == PUBLIC and path.read_bytes() == text.encode()
    except OSError:
        return False
