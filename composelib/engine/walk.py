"""Remembers a walk of a large tree that met nothing but what tasks claim.

While the claims and the folders are the same, there is nothing to meet: whatever is added to a folder changes its ctime.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import xxhash

from composelib.engine.claims import Claims, find_unclaimed
from composelib.engine.digests import SETTLED
from composelib.engine.memory import STATUS, recall, remember
from composelib.engine.state_db import Records
from composelib.model.repository_paths import TREE
from composelib.task import Task

NAME = "TREE"
"""The name under which a walk is remembered."""
MANY = 500
"""How many folders make a tree large; a smaller one is walked as fast as it is compared."""


def walk_tree(records: Records, root: Path, tasks: Iterable[Task], claims: Claims, *, remembers: bool) -> list[str]:
    """Return what nobody answers for in a compose's tree; if it is large and there is nothing, remember that."""
    states: dict[str, tuple[int, int]] = {}

    def enter(folder: str) -> None:
        status = os.lstat(f"{root}/{folder}")
        states[folder] = (status.st_ino, status.st_ctime_ns)

    unclaimed = list(find_unclaimed(root, claims, enter=enter))
    states.pop(TREE, None)
    newest = max((ctime for _, ctime in states.values()), default=0)
    if remembers and not unclaimed and len(states) >= MANY and time.time_ns() - newest > SETTLED:
        remember(records, NAME, "\n".join([hash_tree(root, tasks, states), *states]))
    return unclaimed


def is_walked(records: Records, root: Path, tasks: Iterable[Task]) -> bool:
    """Return whether a walk would meet nothing, as the last one did."""
    digest, *folders = recall(records, NAME).split("\n")
    if not folders:
        return False
    try:
        statuses = ((folder, os.lstat(f"{root}/{folder}")) for folder in folders)
        states = {folder: (status.st_ino, status.st_ctime_ns) for folder, status in statuses}
    except OSError:
        return False
    return digest == hash_tree(root, tasks, states)


def hash_tree(root: Path, tasks: Iterable[Task], states: Mapping[str, tuple[int, int]]) -> str:
    """Return a digest over all that tasks claim, the states of folders, and what is at the top, where STATUS changes often."""
    state = xxhash.xxh3_128()
    for task in tasks:
        state.update("\0".join([task.name, *map(str, task.outputs), *task.managed]).encode())
        for listing in task.trees:
            state.update(listing.read_bytes() if listing.is_file() else b"-")
    for folder, (inode, ctime) in states.items():
        state.update(f"\0{folder}\0{inode}\0{ctime}".encode())
    with os.scandir(f"{root}/{TREE}") as entries:
        names = sorted(
            f"{entry.name}\0{entry.is_dir(follow_symlinks=False)}" for entry in entries if entry.name != STATUS
        )
    state.update("\0".join(names).encode())
    return state.hexdigest()
