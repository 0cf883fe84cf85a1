"""Lay out, in a second build's OSTree repository, the history that the first one's had before its newest commits."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from composelib.image.ostree.metadata import read_timestamp
from composelib.tools import ostree
from composelib.tools.run import run

HEADS = "refs/heads"
HISTORY = "history"


def seed_history(first: Path, second: Path, commits: Mapping[str, str]) -> None:
    """Copy a repository as it was before the commits that its refs stand for now; do nothing if it had none before.

    `commits` are the newest, by their refs. They are not copied: the second build makes them.
    """
    previous = {ref: find_previous(first, ref, commit) for ref, commit in commits.items()}
    if not any(previous.values()):
        return
    shutil.copytree(first, second, ignore=shutil.ignore_patterns("summary", "summary.sig", "tmp", ".lock"))
    (second / "tmp").mkdir()
    for ref, commit in previous.items():
        head = second / HEADS / ref
        if commit:
            head.write_text(f"{commit}\n")
            (second / HEADS / HISTORY / ref / commit[:16]).unlink()
        else:
            head.unlink(missing_ok=True)
    run(ostree.prune(second), capture=True)


def find_previous(repository: Path, ref: str, commit: str) -> str:
    """Return the commit that a ref stood for before the present one; empty if there was none."""
    refs = [path for path in (repository / HEADS / HISTORY / ref).glob("*") if path.is_file()]
    older = [checksum for path in refs if (checksum := path.read_text().strip()) != commit]
    with_delta = [old for old in older if (repository / ostree.superblock_path(old, commit)).exists()]
    return max(with_delta or older, key=lambda checksum: read_commit_time(repository, checksum), default="")


def read_commit_time(repository: Path, commit: str) -> int:
    """Return the time of a commit."""
    return read_timestamp((repository / ostree.object_path(commit, "commit")).read_bytes())
