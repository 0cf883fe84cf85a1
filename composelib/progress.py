"""What a running task says of how far it is, for the status line."""

from __future__ import annotations

import os
from contextlib import suppress

CHANNEL = "COMPOSE_PROGRESS_FD"


def report(text: str) -> None:
    """Show a short text beside the task's name on the user's status line; does nothing where there is none."""
    channel = os.environ.get(CHANNEL)
    if channel:
        with suppress(OSError):
            os.write(int(channel), text.replace("\n", " ").encode() + b"\n")
