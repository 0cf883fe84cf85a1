"""unshare: runs a program in namespaces of its own; when it ends, so do its children and its mounts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def isolate(command: Sequence[str]) -> list[str]:
    """Return the command that runs another one with its own mounts, processes and host name (unshare(1)); root only.

    However it ends, even killed, none of its processes and none of its mounts remains.
    """
    return ["unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--", *command]


def isolate_in_root(root: Path, command: Sequence[str]) -> list[str]:
    """Return the command that runs another one in a root file system, with its own /proc, as `isolate` does; root only."""
    return [*isolate([])[:-1], "--mount-proc", f"--root={root}", "--wd=/", "--", *command]
