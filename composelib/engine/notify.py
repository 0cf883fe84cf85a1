"""Runs the compose's `notify` scripts on events."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import partial
from typing import Any

from composelib.errors import ComposeError
from composelib.tools.run import run

TIMEOUT = 30
"""Seconds that a script may take: the compose waits for it."""

Notify = Callable[[str, dict[str, Any]], None]


def make_notifier(scripts: Sequence[str], warn: Callable[[str], None]) -> Notify:
    """Return the function that runs the scripts on an event with its facts; it warns rather than raises.

    Events: `compose-started`, `status-change`, `task-failed`, `compose-finished`.
    """
    return partial(notify, scripts, warn)


def notify(scripts: Sequence[str], warn: Callable[[str], None], event: str, facts: dict[str, Any]) -> None:
    """Run each script with the event's name as its argument and the facts, JSON, on its standard input."""
    event_json = json.dumps({"version": 1, "event": event, **facts}).encode() + b"\n"
    for script in scripts:
        try:
            with redirect_stdout(io.StringIO()):  # run() prints its command
                run([script, event], input=event_json, timeout=TIMEOUT, capture=True, env=os.environ)
        except ComposeError as error:
            warn(f"notify: {error.message}")
        except OSError as error:
            warn(f"notify: {script}: {error.strerror}")
