"""`doit status`: how the compose stands, what failed, and where its log is."""

from __future__ import annotations

import fcntl
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from composelib.commands import current_compose
from composelib.commands.publish import LATEST
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.errors import ComposeError, ConfigError
from composelib.model.compose import Compose

FAILED = {"failed": "failed", "failed-failable": "failed, as it may"}


class Status(Question):
    """Tells the state of a compose."""

    name = "status"
    doc_purpose = "tell how the compose stands, what failed, and where its log is"
    doc_usage = "[--json]"
    doc_description = "Reads what the last run left; nothing is run."
    cmd_options = ({"name": "as_json", "long": "json", "type": bool, "default": False, "help": "print JSON"},)

    def answer(self, options: Options, words: list[str]) -> int:
        """Print the state; gives the exit status."""
        if words:
            raise ConfigError(f"doit status: {words[0]}: nothing is named after it", "doit compose=NAME status")
        found = state(current_compose())
        print(json.dumps(found, indent=1, sort_keys=True) if options["as_json"] else "\n".join(lines(found)))
        return 0


def state(compose: Compose) -> dict[str, Any]:
    """Return how a compose stands. Raise ComposeError if run.json cannot be read."""
    run = last_run(compose.paths.root / "run.json")
    latest = compose.paths.published / LATEST
    return {
        "version": 1,
        "compose": compose.name,
        "status": text_of(compose.paths.status) or "not made yet",
        "running": is_running(compose.paths.root / "lock"),
        "id": text_of(compose.paths.compose_id),
        "started": run.get("started", ""),
        "finished": run.get("finished", ""),
        "tasks": dict(sorted(Counter(task["state"] for task in run["tasks"]).items())),
        "failed": [failure(task) for task in run["tasks"] if task["state"] in FAILED],
        "published": latest.resolve().name if latest.is_symlink() else "",
    }


def last_run(place: Path) -> dict[str, Any]:
    """Read run.json; a run of no task where there is none."""
    try:
        run: dict[str, Any] = json.loads(place.read_text())
        return {**run, "tasks": list(run["tasks"])}
    except FileNotFoundError:
        return {"tasks": []}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ComposeError(f"{place}: cannot be read: {error}", "the next run writes it anew") from error


def failure(task: dict[str, Any]) -> dict[str, Any]:
    """Return what there is to say of a failed task."""
    return {key: task.get(key, "") for key in ("name", "state", "error", "log")}


def text_of(place: Path) -> str:
    """Return a small file's text, empty if it is not there."""
    return place.read_text(errors="replace").strip() if place.is_file() else ""


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


def at_work(found: dict[str, Any]) -> str:
    """Describe whether a run is at work, where the status alone leaves that open."""
    if found["running"]:
        return ", a run is at work"
    return ", but no run is at work: `doit` goes on" if found["status"] == "STARTED" else ""


def lines(found: dict[str, Any]) -> Iterator[str]:
    """Return the state as a person reads it."""
    yield f"{found['compose']}: {found['status']}{at_work(found)}"
    if found["id"]:
        yield f"  id         {found['id']}"
    if found["started"]:
        counts = ", ".join(f"{count} {word}" for word, count in found["tasks"].items())
        yield f"  last run   {found['started']} to {found['finished']}: {counts}"
    yield f"  published  {found['published'] or 'nothing'}"
    for task in found["failed"]:
        yield f"{task['name']}: {FAILED[task['state']]}"
        yield f"  error      {task['error']}"
        if task["log"]:
            yield f"  log        {task['log']}"
