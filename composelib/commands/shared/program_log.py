"""What programs print that a command starts goes to a log."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from composelib.files import open_own


@contextmanager
def log_programs(log: Path) -> Iterator[None]:
    """Send what programs print in the block to a log, with their calls."""
    terminal = os.dup(2)
    try:
        with os.fdopen(open_own(log, os.O_WRONLY | os.O_TRUNC), "w") as stream, redirect_stdout(stream):
            os.dup2(stream.fileno(), 2)
            yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
