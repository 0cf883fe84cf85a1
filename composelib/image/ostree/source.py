"""The commit that a disk or a medium deploys."""

from __future__ import annotations

from pathlib import Path

from composelib.dataclass import dataclass


@dataclass(frozen=True)
class CommitSource:
    """A commit to deploy, the repository that has it, and the key that signed it."""

    record: Path
    """JSON: the record of the commit, as the stage `ostree` wrote it."""
    repository: Path
    key: Path
    """The key that signed it, armored."""
    os: str
    """The name of the operating system on the machine, and of the remote that it updates from."""
