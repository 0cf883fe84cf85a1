"""Write files and folders of an unpacked root, with the modes and times that they shall have in an image."""

from __future__ import annotations

import os
from pathlib import Path


def lay_file(tree: Path, name: str, text: str, epoch: int) -> None:
    """Write a file of a root, whatever the umask."""
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o644)
    os.utime(path, (epoch, epoch))


def read_tree_file(tree: Path, name: str) -> bytes | None:
    """Return the content of a file of a root; None if it has no such file."""
    path = tree / name
    return path.read_bytes() if path.is_file() else None


def fix_modes(tree: Path, folders: tuple[str, ...], epoch: int) -> None:
    """Set the modes and times of folders that were made or written to, whatever the umask."""
    for name in folders:
        (tree / name).chmod(0o755)
        os.utime(tree / name, (epoch, epoch))
