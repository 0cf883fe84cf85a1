"""File systems of a chosen size, and the log of a task on them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def small_disk(folder: Path, options: str = "size=64m") -> Iterator[Path]:
    """Put a folder, with what is in it, on a file system of its own for the block; needs root."""
    aside = folder.with_name(f"{folder.name}.aside")
    folder.mkdir(exist_ok=True)
    folder.rename(aside)
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        subprocess.run(["cp", "-a", f"{aside}/.", folder], check=True)
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def leave(folder: Path, spare: int) -> None:
    """Resize the file system that a folder is so that so many bytes are free."""
    found = os.statvfs(folder)
    size = (found.f_blocks - found.f_bfree) * found.f_frsize + spare
    subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)


def fill(folder: Path) -> Path:
    """Write a file until nothing more goes on the disk; gives the file."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(bytes(1 << 16))
    return filler


@contextmanager
def logging_to(log: Path) -> Iterator[None]:
    """Let standard error go to a file for the block, as a task's goes to its log."""
    before = os.dup(2)
    with log.open("ab") as stream:
        os.dup2(stream.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
