"""Ways to damage a file at rest, each so that as little as possible shows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

Damage = Callable[[Path], None]


def keep_times(path: Path, status: os.stat_result) -> None:
    """Put a file's times back."""
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def flip(path: Path) -> None:
    """Change a byte in the middle, in place, through whatever link; size and mtime stay."""
    status = path.stat()
    content = bytearray(path.read_bytes() or b"x")
    content[len(content) // 2] ^= 1
    with path.open("r+b") as stream:
        stream.write(content)
    keep_times(path, status)


def truncate(path: Path) -> None:
    """Cut a file in half, in place."""
    status = path.stat()
    os.truncate(path, status.st_size // 2)
    keep_times(path, status)


def empty(path: Path) -> None:
    """Cut all of a file away, in place."""
    status = path.stat()
    os.truncate(path, 0)
    keep_times(path, status)


def remove(path: Path) -> None:
    """Remove a file."""
    path.unlink()


def replace(path: Path) -> None:
    """Put another file of the same size, mode and time there."""
    status = path.stat()
    path.unlink()
    path.write_bytes(b"x" * status.st_size)
    path.chmod(status.st_mode & 0o7777)
    keep_times(path, status)


def link_away(path: Path) -> None:
    """Put a symbolic link there, to a damaged copy."""
    away = next(folder for folder in path.parents if folder.name == "build").with_name("away") / path.name
    away.parent.mkdir(exist_ok=True)
    away.unlink(missing_ok=True)
    shutil.copy2(path, away)
    flip(away)
    path.unlink()
    path.symlink_to(away)


def link_to_another(path: Path) -> None:
    """Make a file a hard link to another one, a neighbour or one made for that."""
    others = [other for other in sorted(path.parent.iterdir()) if other.is_file() and other != path]
    path.unlink()
    if others:
        os.link(others[0], path)
    else:
        path.write_bytes(b"another\n")


def take_rights(path: Path) -> None:
    """Change the mode of a file."""
    path.chmod(0o600)


def make_folder(path: Path) -> None:
    """Put a folder there, with a file in it."""
    path.unlink()
    path.mkdir()
    (path / "file").write_bytes(b"x")


DAMAGES: tuple[Damage, ...] = (
    flip, truncate, empty, remove, replace, link_away, link_to_another, take_rights, make_folder,
)  # fmt: skip
