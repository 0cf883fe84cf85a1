"""What a build left, checked by its .changes file: a build may be hostile."""

from __future__ import annotations

import re
from pathlib import Path

from composelib.archive.format.repository import read_field
from composelib.errors import ComposeError, TrustError
from composelib.files import sha256_of

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+~_:-]*")
FIELDS = 3
"""Words of a line in Checksums-Sha256."""


def check_results(folder: Path, label: str) -> list[str]:
    """Return the names of the files that a build's .changes file lists, and its own, sorted.

    Raise ComposeError if there is not exactly one, TrustError for a file that is not as listed.
    """
    changes = [path for path in folder.glob("*.changes") if is_plain(path) and NAME.fullmatch(path.name)]
    if len(changes) != 1:
        raise ComposeError(f"{label}: the build left {len(changes)} .changes files, not one", "see its log")
    listed = read_listed(changes[0], label)
    for name, sha256 in listed.items():
        path = folder / name
        if not is_plain(path) or sha256_of(path) != sha256:
            raise TrustError(f"{label}: {name}: the build left no such file as {changes[0].name} lists")
    return sorted([*listed, changes[0].name])


def read_listed(changes: Path, label: str) -> dict[str, str]:
    """Return the SHA256 of each file that a .changes file lists. Raise TrustError if one cannot be a file's name."""
    lines = [line.split() for line in read_field(changes.read_bytes(), "Checksums-Sha256").splitlines() if line.strip()]
    if not all(len(line) == FIELDS and NAME.fullmatch(line[2]) for line in lines):
        raise TrustError(f"{label}: {changes.name}: its list of files is malformed")
    return {name: sha256 for sha256, _, name in lines}


def is_plain(path: Path) -> bool:
    """Return whether a path is a regular file, not a link to one."""
    return path.is_file() and not path.is_symlink()
