"""unshare: a program in namespaces of its own, which take its mounts and its children with them when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def apart(command: Sequence[str]) -> list[str]:
    """Give the command that runs another one with mounts, processes and a host name of its own (unshare(1)); root only.

    However it ends, killed included, none of its processes lives on and none of its mounts is left.
    """
    return ["unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--", *command]


def within(root: Path, command: Sequence[str]) -> list[str]:
    """Give the command that runs another one in a root file system, with a /proc of its own, as `apart` does; root only."""
    return [*apart([])[:-1], "--mount-proc", f"--root={root}", "--wd=/", "--", *command]
