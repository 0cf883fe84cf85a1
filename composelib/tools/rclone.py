"""rclone(1): copies files to what has no rsync: WebDAV, SFTP, object stores."""

from __future__ import annotations

from pathlib import Path

MISSING = (3, 4)
"""The exit statuses for a folder and a file that are not there."""


FAILED = 1
"""The exit status for what another try may do."""


def copy_listed(source: str, target: str, names: Path) -> list[str]:
    """Return the command that copies the files named in a list, one a line, unless they are there with the same size.

    Between folders of one server the server copies, if it can.
    """
    return ["rclone", "copy", "-q", "--size-only", "--files-from-raw", str(names), source, target]


def copy_through(source: str, target: str, names: Path, *, replace: bool) -> list[str]:
    """Return the command that does it through this machine: servers of WebDAV put no copy in place of a file.

    Files of the same size are taken for the same unless they `replace`.
    """
    compared = "--ignore-times" if replace else "--size-only"
    return ["rclone", "copy", "-q", compared, "--disable", "copy", "--files-from-raw", str(names), source, target]


def list_below(folder: str) -> list[str]:
    """Return the command that lists all files below a folder."""
    return ["rclone", "lsf", "-q", "--recursive", "--files-only", folder]


def print_file(file: str) -> list[str]:
    """Return the command that prints a file."""
    return ["rclone", "cat", "-q", file]


def copy_single(source: str, target: str) -> list[str]:
    """Return the command that copies one file."""
    return ["rclone", "copyto", "-q", "--ignore-times", source, target]


def move_file(source: str, target: str) -> list[str]:
    """Return the command that renames a file, in place of another: that is removed first, so for a moment there is none."""
    return ["rclone", "moveto", "-q", "--ignore-times", source, target]


def remove(folder: str, names: Path) -> list[str]:
    """Return the command that removes the files named in a list, one a line."""
    return ["rclone", "delete", "-q", "--files-from-raw", str(names), folder]


def remove_empty_folders(folder: str) -> list[str]:
    """Return the command that removes the empty folders in one."""
    return ["rclone", "rmdirs", "-q", "--leave-root", folder]
