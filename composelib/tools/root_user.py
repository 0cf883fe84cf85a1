"""Root: whether this process runs as root, and the error if it has to."""

from __future__ import annotations

import os

from composelib.errors import MachineError


def is_root() -> bool:
    """Return whether this process runs as root."""
    return os.geteuid() == 0


def require_root(purpose: str) -> None:
    """Raise MachineError, with the purpose that needs root, if this process does not run as root."""
    if not is_root():
        raise MachineError(f"{purpose} needs root", "run as root")
