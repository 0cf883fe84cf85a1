"""Whether this process is root's."""

from __future__ import annotations

import os

from composelib.errors import MachineError


def is_root() -> bool:
    """Return whether this process is root's."""
    return os.geteuid() == 0


def require_root(purpose: str) -> None:
    """Raise MachineError unless this process is root's; `purpose` is what root is needed for."""
    if not is_root():
        raise MachineError(f"only root can {purpose}", "run doit as root")
