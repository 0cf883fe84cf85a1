"""Reports to the status line how far a running task is."""

from __future__ import annotations

import os
from contextlib import suppress

CHANNEL = "COMPOSE_PROGRESS_FD"


def report_progress(text: str) -> None:
    """Show a short text beside the task's name in the status line, if there is one."""
    channel = os.environ.get(CHANNEL)
    if channel:
        with suppress(OSError):
            os.write(int(channel), text.replace("\n", " ").encode() + b"\n")
