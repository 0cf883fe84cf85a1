"""`doit status`: the state of the compose, what failed, and where its log is."""

from __future__ import annotations

import fcntl
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from composelib.commands.shared.command_line import load_current_compose
from composelib.commands.shared.published import recall_state
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.engine.report import FAILED
from composelib.errors import ComposeError, ConfigError
from composelib.files import read_link_name
from composelib.model.compose import Compose
from composelib.program import PROGRAM


class StatusCommand(Question):
    """Shows the state of a compose."""

    name = "status"
    doc_purpose = "show the state of the compose, what failed, and where its log is"
    doc_usage = "[--json]"
    doc_description = "Reads what the last run left; nothing is run."
    cmd_options = ({"name": "as_json", "long": "json", "type": bool, "default": False, "help": "print JSON"},)

    def answer(self, options: Options, words: list[str]) -> int:
        """Print the state; return the exit status."""
        if words:
            raise ConfigError(
                f"{PROGRAM} status: {words[0]}: it takes no arguments", "compose=NAME names another compose"
            )
        state = get_state(load_current_compose())
        print(json.dumps(state, indent=1, sort_keys=True) if options["as_json"] else "\n".join(format_state(state)))
        return 0


def get_state(compose: Compose) -> dict[str, Any]:
    """Return the state of a compose. Raise ComposeError if run.json cannot be read."""
    run = read_last_run(compose.paths.root / "run.json")
    memory = recall_state(compose)
    latest = compose.paths.latest
    return {
        "version": 1,
        "compose": compose.name,
        "status": memory.status or "not made yet",
        "running": is_running(compose.paths.root / "lock"),
        "id": memory.ids.last.name,
        "started": run.get("started", ""),
        "finished": run.get("finished", ""),
        "tasks": dict(sorted(Counter(task["state"] for task in run["tasks"]).items())),
        "failed": [describe_failure(task) for task in run["tasks"] if task["state"] in FAILED],
        "published": read_link_name(latest),
    }


def read_last_run(path: Path) -> dict[str, Any]:
    """Read run.json; a run without tasks if there is none."""
    try:
        run: dict[str, Any] = json.loads(path.read_text())
        return {**run, "tasks": list(run["tasks"])}
    except FileNotFoundError:
        return {"tasks": []}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ComposeError(f"{path}: cannot be read: {error}", "the next run writes it anew") from error


def describe_failure(task: dict[str, Any]) -> dict[str, Any]:
    """Return what is reported of a failed task."""
    return {key: task.get(key, "") for key in ("name", "state", "error", "log")}


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
    if state["id"]:
        yield f"  id         {state['id']}"
    if state["started"]:
        counts = ", ".join(f"{count} {word}" for word, count in state["tasks"].items())
        yield f"  last run   {state['started']} to {state['finished']}: {counts}"
    yield f"  published  {state['published'] or 'nothing'}"
    for task in state["failed"]:
        yield f"{task['name']}: {FAILED[task['state']]}"
        yield f"  error      {task['error']}"
        if task["log"]:
            yield f"  log        {task['log']}"
