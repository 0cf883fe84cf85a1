"""File systems of a chosen size, and a task's log on them."""

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


def leave_free(folder: Path, spare: int) -> None:
    """Resize the file system mounted on a folder so that so many bytes are free."""
    status = os.statvfs(folder)
    size = (status.f_blocks - status.f_bfree) * status.f_frsize + spare
    subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)


def fill(folder: Path) -> Path:
    """Write a file until the disk is full; return the file."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(bytes(1 << 16))
    return filler


@contextmanager
def logging_to(log: Path) -> Iterator[None]:
    """Let standard error go to a file for the block, as a task's goes to its log."""
    stderr = os.dup(2)
    with log.open("ab") as stream:
        os.dup2(stream.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
