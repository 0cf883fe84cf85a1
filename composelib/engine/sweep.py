"""Takes away what an earlier run made and this compose does not have any more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from composelib.engine.state import State
from composelib.model import Compose


def sweep(compose: Compose, tasks: dict[str, Any], state: State) -> None:
    """Remove records and outputs of tasks that are gone, and every file of the released tree that no task claims."""
    ours = [task.meta["task"] for task in tasks.values() if (task.meta or {}).get("task")]
    wanted = {str(path) for task in ours for path in task.outputs}
    for name in state.records.keys() - tasks.keys():
        for output in state.records[name].outputs:
            if output not in wanted:
                Path(output).unlink(missing_ok=True)
        state.remove(name)
    claimed = wanted | {str(compose.status)}
    for task in ours:
        for listing in task.trees:
            claimed |= {str(compose.root / member) for member in members(listing)}
    folders = tuple(f"{path}/" for path in claimed if Path(path).is_dir())
    for path in unclaimed(compose.tree, claimed, folders):
        path.unlink()
    remove_empty(compose.tree, folders)


def members(listing: Path) -> list[str]:
    """Give the lines of a tree list, nothing if it is not there (its task may fail)."""
    try:
        return listing.read_text().splitlines()
    except FileNotFoundError:
        return []


def unclaimed(tree: Path, claimed: set[str], folders: tuple[str, ...]) -> Iterator[Path]:
    """Give the files below a folder that are not claimed, one by one or with their folder."""
    for folder, _, names in os.walk(tree):
        if f"{folder}/".startswith(folders):
            continue
        for name in names:
            path = Path(folder, name)
            if str(path) not in claimed:
                yield path


def remove_empty(tree: Path, folders: tuple[str, ...]) -> None:
    """Remove the empty folders below a folder, but for those that are claimed whole."""
    for folder, _, _ in os.walk(tree, topdown=False):
        if not f"{folder}/".startswith(folders):
            with suppress(OSError):
                Path(folder).rmdir()
