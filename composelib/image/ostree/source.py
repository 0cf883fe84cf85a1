"""A commit to deploy, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CommitSource:
    """A commit to deploy, and where it comes from."""

    record: Path
    """What was committed, as JSON."""
    repository: Path
    key: Path
    """The key that signed it, armored."""
    os: str
    """The name of the operating system on the machine, and of the remote that it updates from."""
