"""Removes the records and files of tasks that the compose no longer has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from composelib.engine.schedule import unwrap_task
from composelib.engine.state_db import Records
from composelib.model.compose import Compose
from composelib.task import Task


def sweep(compose: Compose, tasks: dict[str, Any], records: Records) -> None:
    """Remove records and outputs of tasks that no longer exist, and every file of the compose's tree that no task claims."""
    ours = [task for task in map(unwrap_task, tasks.values()) if task]
    outputs = {str(path) for task in ours for path in task.outputs}
    for name in records.tasks.keys() - tasks.keys():
        for output in records.tasks[name].outputs.keys() - outputs:
            with suppress(OSError):
                Path(output).unlink()
        records.remove(name)
    claimed = (
        outputs
        | {str(compose.paths.status)}
        | {path for task in ours for path in list_claims(compose.paths.root, task)}
    )
    folders = tuple(path for path in claimed if path.endswith("/"))
    for path in list_unclaimed(compose.paths.tree, claimed, folders):
        path.unlink()
    remove_empty(compose.paths.tree, folders)
    records.forget_digests()
    records.forget_sources()


def unlink_folder_links(tree: Path) -> None:
    """Remove links to folders below a folder: through them, a task would write elsewhere."""
    for folder, below, _ in os.walk(tree):
        for path in (Path(folder, name) for name in below):
            if path.is_symlink():
                path.unlink()


def list_claims(root: Path, task: Task) -> Iterator[str]:
    """Yield the paths that a task's tree lists name; one that ends in `/` stands for all below it.

    A missing list (of a failable task) names none; paths outside `root` are ignored.
    """
    for listing in task.trees:
        with suppress(OSError, UnicodeDecodeError):
            for member in listing.read_text().splitlines():
                if ".." not in Path(member).parts:
                    yield f"{root}/{member}"


def list_unclaimed(tree: Path, claimed: set[str], folders: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files below a folder that are not claimed, by themselves or with their folder."""
    for folder, below, names in os.walk(tree):
        if f"{folder}/".startswith(folders):
            continue
        for name in [*names, *below]:
            path = Path(folder, name)
            if str(path) not in claimed and not f"{path}/".startswith(folders) and (name in names or path.is_symlink()):
                yield path


def remove_empty(tree: Path, folders: tuple[str, ...]) -> None:
    """Remove the empty folders below a folder, except in those that are claimed whole."""
    for folder, _, _ in os.walk(tree, topdown=False):
        if not f"{folder}/".startswith(folders):
            with suppress(OSError):
                Path(folder).rmdir()
