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
    would be written through a symbolic link, ComposeError if a name has a line break.
    """
    names = sorted({str(member.relative_to(root)) for member in members})
    for name in names:
        if len(name.splitlines()) > 1:
            raise ComposeError(f"{name!r}: a file's name has a line break", "leave it out")
    check_folders(root, names)
    write_file(listing, "".join(f"{name}\n" for name in names))


def check_folders(root: Path, names: Iterable[str]) -> None:
    """Raise ConfigError if a folder that leads to one of these files below `root` is a symbolic link."""
    checked = {""}
    for name in names:
        folder = os.path.dirname(name)  # noqa: PTH120 - 60 000 of them
        while folder not in checked:
            checked.add(folder)
            if os.path.islink(f"{root}/{folder}"):  # noqa: PTH114
                raise in_the_way(f"{root}/{folder}")
            folder = os.path.dirname(folder)  # noqa: PTH120


def in_the_way(path: str) -> ConfigError:
    """Return the error of a path where a folder is to be."""
    return ConfigError(f"{path}: no task made it, and files are to be written below it", "move it away")
