"""Writes tree lists: which files a task makes in a folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from composelib.errors import ComposeError, ConfigError
from composelib.files import write_file


def write_tree_list(root: Path, listing: Path, members: Iterable[Path]) -> None:
    """Write the list of the files that a task is about to make, a path a line relative to `root`, sorted.

    It is written before them, so that no kill leaves a file that nobody answers for. Raise ConfigError if one of them
    would be written through a symbolic link or replace a folder with things in it, ComposeError if a name has a line break.
    """
    names = sorted({str(member.relative_to(root)) for member in members})
    for name in names:
        if len(name.splitlines()) > 1:
            raise ComposeError(f"{name!r}: a file's name has a line break", "leave it out")
    check_paths(root, names)
    write_file(listing, "".join(f"{name}\n" for name in names))


def check_paths(root: Path, names: Iterable[str]) -> None:
    """Raise ConfigError if a folder that leads to one of these files below `root` is a symbolic link, or one of them a folder."""
    checked = {""}
    for name in names:
        path = f"{root}/{name}"
        if os.path.isdir(path) and not os.path.islink(path) and os.listdir(path):  # noqa: PTH112, PTH114, PTH208 - as below
            raise describe_obstacle(f"{root}/{name}/")
        folder = os.path.dirname(name)  # noqa: PTH120 - 60 000 of them
        while folder not in checked:
            checked.add(folder)
            if os.path.islink(f"{root}/{folder}"):  # noqa: PTH114
                raise describe_obstacle(f"{root}/{folder}")
            folder = os.path.dirname(folder)  # noqa: PTH120


def describe_obstacle(path: str) -> ConfigError:
    """Return the error of what is where a folder is to be, or of a folder, with `/` at the end, where a file is to be."""
    if path.endswith("/"):
        return ConfigError(f"{path[:-1]}: a folder with things in it, where a task writes a file", "move it away")
    return ConfigError(f"{path}: no task made it, and files are to be written below it", "move it away")
