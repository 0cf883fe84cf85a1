"""Who answers for each file below a compose's folder: the outputs, tree lists and managed files of its tasks."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from composelib.model.repository_paths import TREE
from composelib.task import Task

NOWHERE = frozenset({"", ".", ".."})
"""Parts of paths that lead out of a folder, or that have another spelling."""


class Claims:
    """Files that somebody answers for, by their paths relative to a compose's folder."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.patterns: set[str] = set()
        """Regular expressions of further files, and, with `/` at the end, folders."""
        self.folders: set[str] = set()
        """The folders that lead to them."""

    def add(self, paths: Iterable[str]) -> None:
        """Add files."""
        for path in paths:
            self.paths.add(path)
            folder = os.path.dirname(path)  # noqa: PTH120 - 60 000 of them
            while folder and folder not in self.folders:
                self.folders.add(folder)
                folder = os.path.dirname(folder)  # noqa: PTH120

    def add_task(self, root: Path, task: Task) -> None:
        """Add all that a task makes, as far as its tree lists are there."""
        self.add(list_outputs(root, task))
        self.add(path for listing in task.trees for path in read_tree_list(listing))
        self.patterns.update(task.managed)

    def has(self, path: str) -> bool:
        """Return whether somebody answers for a path, which ends in `/` if it is a folder."""
        name = path.removesuffix("/")
        if name in self.paths or (name != path and name in self.folders):
            return True
        return any(re.fullmatch(pattern, path) for pattern in self.patterns)


def claim_paths(root: Path, tasks: Iterable[Task]) -> Claims:
    """Return what the tasks of a compose answer for."""
    claims = Claims()
    claims.add([f"{TREE}/STATUS"])
    for task in tasks:
        claims.add_task(root, task)
    return claims


def list_outputs(root: Path, task: Task) -> Iterator[str]:
    """Yield the outputs of a task that are below a compose's folder, relative to it."""
    prefix = f"{root}/"
    for output in map(str, task.outputs):
        if output.startswith(prefix):
            yield output.removeprefix(prefix)


def read_tree_list(listing: Path) -> Iterator[str]:
    """Yield the files in a tree list; a missing list (of a failable task) names none, and what is outside is left out."""
    with suppress(OSError, UnicodeDecodeError):
        for member in listing.read_text().split("\n") if listing.is_file() else ():
            if NOWHERE.isdisjoint(member.removesuffix("/").split("/")):
                yield member


def list_claimed(root: Path, task: Task) -> Iterator[str]:
    """Yield the files that a task answers for, and, with `/` at the end, the folders, relative to a compose's folder."""
    claims = Claims()
    claims.add_task(root, task)
    yield from claims.paths
    yield from (f"{folder}/" for folder in claims.folders)
    for folder, below, names in os.walk(root / TREE) if claims.patterns else ():
        paths = (os.path.relpath(f"{folder}/{name}", root) for name in names)
        folders = (f"{os.path.relpath(f'{folder}/{name}', root)}/" for name in below)
        yield from (path for path in (*paths, *folders) if claims.has(path))


def find_unclaimed(
    root: Path, claims: Claims, folder: str = TREE, enter: Callable[[str], None] | None = None
) -> Iterator[str]:
    """Yield what nobody answers for below a folder; a folder, with `/` at the end, stands for all in it.

    Links are not followed. `enter` is called with each folder before it is read.
    """
    paths, folders = claims.paths, claims.folders
    with suppress(OSError):
        if enter:
            enter(folder)
        with os.scandir(f"{root}/{folder}") as entries:
            for entry in entries:
                path = f"{folder}/{entry.name}"
                if path in paths:
                    if entry.is_dir(follow_symlinks=False):
                        yield from find_unclaimed(root, claims, path, enter)
                elif not entry.is_dir(follow_symlinks=False):
                    if not claims.has(path):
                        yield path
                elif path in folders or claims.has(f"{path}/"):
                    yield from find_unclaimed(root, claims, path, enter)
                else:
                    yield f"{path}/"
