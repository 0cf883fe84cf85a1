"""The user: whether this process runs as root, the error if it has to, and the home of its user."""

from __future__ import annotations

import os
import pwd

from composelib.errors import MachineError


def is_root() -> bool:
    """Return whether this process runs as root."""
    return os.geteuid() == 0


def require_root(purpose: str) -> None:
    """Raise MachineError, with the purpose that needs root, if this process does not run as root."""
    if not is_root():
        raise MachineError(f"{purpose} needs root", "run as root")


def find_home() -> str:
    """Return the home of this process's user, whatever HOME says; `/` for one that the machine does not know."""
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:  # a container may run as any number
        return "/"
