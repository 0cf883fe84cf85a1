"""rsync(1): copies files to a folder here or on another host, each whole or not at all."""

from __future__ import annotations

import re
from pathlib import Path

MISSING = 23
"""The exit status for a file or folder that is not there."""
LISTED = re.compile(r"-\S+ +\d+ \S+ \S+ (?P<name>.+)")
"""A file in what `--list-only` prints."""
SPECIAL = re.compile(r"[][*?\\]")
"""What has a meaning in a filter."""


def copy_listed(source: str, target: str, names: Path, link_from: str, *, replace: bool) -> list[str]:
    """Return the command that copies the files named in a list, each after a NUL; folders end with `/`.

    Files of the same size are taken for the same unless they `replace`. Those that a folder `link_from`, relative to the
    target, has are linked there.
    """
    options = ["--ignore-times"] if replace else ["--size-only"]
    linked = [f"--link-dest={link_from}"] if link_from else []
    return ["rsync", "-q", "-t", "--mkpath", "--from0", f"--files-from={names}", *options, *linked, source, target]


def copy_anew(source: str, target: str, names: Path) -> list[str]:
    """Return the command that copies the files named in a list, whatever is there: their times are the present one."""
    return ["rsync", "-q", "--mkpath", "--from0", f"--files-from={names}", "--ignore-times", source, target]


def list_below(folder: str) -> list[str]:
    """Return the command that lists all files below a folder."""
    return ["rsync", "--recursive", "--list-only", "--no-human-readable", "--8-bit-output", folder]


def parse_listed(printed: str) -> set[str]:
    """Return the paths of the files that this command has listed."""
    return {match["name"] for line in printed.splitlines() if (match := LISTED.fullmatch(line))}


def copy_single(source: str, target: str) -> list[str]:
    """Return the command that copies one file."""
    return ["rsync", "-q", "--mkpath", "--ignore-times", source, target]


def remove(empty: str, folder: str, rules: Path) -> list[str]:
    """Return the command that removes what rules include from a folder: it gets the content of an empty one."""
    return ["rsync", "-q", "--recursive", "--delete", f"--include-from={rules}", "--exclude=*", empty, folder]


def list_rules(names: set[str]) -> list[str]:
    """Return the rules that include files and the folders above them; a folder with further files stays."""
    folders = {name[: end + 1] for name in names for end, letter in enumerate(name) if letter == "/"}
    return [SPECIAL.sub(lambda match: f"\\{match[0]}", f"/{name}") for name in sorted(folders | names)]
