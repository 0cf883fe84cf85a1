"""`doit status`: the state of the compose and of the run at work, what failed, and where its log is."""

from __future__ import annotations

import fcntl
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from composelib.commands.shared.command_line import load_current_compose
from composelib.commands.shared.published import recall_state
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.engine.exit_status import interruptible
from composelib.engine.live_progress import NAME, read_progress
from composelib.engine.report import FAILED
from composelib.engine.screen import Screen
from composelib.engine.task_result import RunningTask, RunProgress, describe_failure
from composelib.engine.views.view import format_picture
from composelib.errors import ComposeError, ConfigError
from composelib.files import read_link_name
from composelib.model.compose import Compose
from composelib.program import PROGRAM
from composelib.text.json_file import parse_json

UNFINISHED = 1
AT_WORK = 5
NOT_MADE = 6
FINISHED = ("FINISHED", "FINISHED_INCOMPLETE")
PAUSE = 1.0
"""Seconds between two looks at the run."""


class StatusCommand(Question):
    """Shows the state of a compose."""

    name = "status"
    doc_purpose = "show the state of the compose and of the run at work, what failed, and where its log is"
    doc_usage = "[--follow] [--json]"
    doc_description = (
        "Runs nothing. Exit status: 0 finished, also without what may fail; 1 doomed, interrupted or only partly made; "
        f"{AT_WORK} a run is at work; {NOT_MADE} not made yet."
    )
    cmd_options = (
        {"name": "as_json", "long": "json", "type": bool, "default": False, "help": "print JSON"},
        {
            "name": "follow",
            "long": "follow",
            "short": "f",
            "type": bool,
            "default": False,
            "help": "while a run is at work, show it, with --json a line each second; then the state that it left",
        },
    )

    def answer(self, options: Options, words: list[str]) -> int:
        """Print the state; return the exit status."""
        if words:
            raise ConfigError(
                f"{PROGRAM} status: {words[0]}: it takes no arguments", "compose=NAME names another compose"
            )
        compose = load_current_compose()
        if options["follow"]:
            with interruptible():
                follow_run(compose, show_line if options["as_json"] else Picture())
        state = get_state(compose)
        print(json.dumps(state, indent=1, sort_keys=True) if options["as_json"] else "\n".join(format_state(state)))
        return find_exit_status(state)


class Picture:
    """Shows the run on the terminal as it shows itself there, in a pipe by a line whenever a task begins or ends."""

    def __init__(self) -> None:
        self.screen = Screen(sys.stdout)
        self.tasks: list[str] = []

    def __call__(self, state: dict[str, Any]) -> None:
        """Show a state; nothing once no run is at work."""
        progress = get_progress(state)
        tasks = [task.name for task in progress.running]
        if self.screen.live:
            self.screen.show(format_picture(progress)) if state["running"] else self.screen.clear()
        elif tasks != self.tasks and state["running"]:
            self.tasks = tasks
            self.screen.say("; ".join(row.strip() for row in format_picture(progress)))


def show_line(state: dict[str, Any]) -> None:
    """Print a state as a line of JSON."""
    print(json.dumps(state, sort_keys=True), flush=True)


def follow_run(compose: Compose, show: Callable[[dict[str, Any]], None]) -> None:
    """Show a compose's state each second while a run is at work."""
    while (state := get_state(compose))["running"]:
        show(state)
        time.sleep(PAUSE)
    show(state)


def get_state(compose: Compose) -> dict[str, Any]:
    """Return the state of a compose, while a run is at work that of this run. Raise ComposeError if run.json cannot be read."""
    running = is_running(compose.paths.root / "lock")
    live = read_progress(compose.paths.root / NAME) if running else {}
    memory = recall_state(compose)
    return {
        "version": 1,
        "compose": compose.name,
        "status": memory.status or "not made yet",
        "running": running,
        "id": memory.ids.last.name,
        **(summarize_progress(live) if live else read_last_run(compose.paths.root / "run.json")),
        "published": read_link_name(compose.paths.latest),
    }


def summarize_progress(live: dict[str, Any]) -> dict[str, Any]:
    """Return what the state has of a run at work."""
    progress = {key: live[key] for key in ("ended", "total", "failed", "seconds_left", "running")}
    return {
        "started": live["started"],
        "finished": "",
        "tasks": live["tasks"],
        "failed": live["failures"],
        "progress": progress,
    }


def summarize_run(run: dict[str, Any]) -> dict[str, Any]:
    """Return what the state has of a run that has ended."""
    return {
        "started": run.get("started", ""),
        "finished": run.get("finished", ""),
        "tasks": dict(sorted(Counter(task["state"] for task in run["tasks"]).items())),
        "failed": [describe_failure(task) for task in run["tasks"] if task["state"] in FAILED],
    }


def read_last_run(path: Path) -> dict[str, Any]:
    """Return what the state has of the run in run.json; of a run without tasks if there is no such file."""
    try:
        return summarize_run(parse_json(path.read_text()) if path.is_file() else {"tasks": []})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ComposeError(f"{path}: cannot be read: {error}", "the next run writes it anew") from error


def is_running(lock: Path) -> bool:
    """Return whether a run holds the compose's lock."""
    if not lock.is_file():
        return False
    with lock.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def find_exit_status(state: dict[str, Any]) -> int:
    """Return the exit status that scripts read the state from."""
    if state["running"]:
        return AT_WORK
    if state["status"] in FINISHED:
        return 0
    return NOT_MADE if state["status"] == "not made yet" else UNFINISHED


def get_progress(state: dict[str, Any]) -> RunProgress:
    """Return how far the run at work is; all zero if that is not known."""
    progress = dict(state.get("progress") or {"ended": 0, "total": 0, "failed": 0, "seconds_left": 0.0, "running": []})
    return RunProgress(**{**progress, "running": tuple(RunningTask(**task) for task in progress["running"])})


def describe_run(state: dict[str, Any]) -> str:
    """Return in words whether a run is in progress; '' if the status says it."""
    if state["running"]:
        return ", a run is in progress"
    return (
        f", but no run is in progress: `{PROGRAM} compose={state['compose']}` continues it"
        if state["status"] == "STARTED"
        else ""
    )


def format_state(state: dict[str, Any]) -> Iterator[str]:
    """Yield the state in lines for a person."""
    yield f"{state['compose']}: {state['status']}{describe_run(state)}"
    if "progress" in state:
        yield from (f"  {row}" for row in format_picture(get_progress(state)))
    if state["id"]:
        yield f"  id         {state['id']}"
    if state["started"]:
        counts = ", ".join(f"{count} {word}" for word, count in state["tasks"].items())
        run = f"this run   since {state['started']}" if state["running"] else f"last run   {state['started']} to"
        yield f"  {' '.join(filter(None, (run, state['finished'])))}: {counts}"
    yield f"  published  {state['published'] or 'nothing'}"
    for task in state["failed"]:
        yield f"{task['name']}: {FAILED[task['state']]}"
        yield f"  error      {task['error']}"
        if task["log"]:
            yield f"  log        {task['log']}"
