"""tar: a root file system unpacked as it was packed, and files of a tar that is nobody's root."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def unpack(archive: Path, folder: Path) -> list[str]:
    """Give the command that unpacks a root's tar with owners by number, modes, capabilities and ACLs; for root only."""
    kept = [
        "--delay-directory-restore",
        "--numeric-owner",
        "--same-owner",
        "--same-permissions",
        "--xattrs",
        "--xattrs-include=*",
        "--acls",
    ]
    return ["tar", "--extract", *kept, "--file", str(archive), "--directory", str(folder)]


def unpack_files(archive: Path, folder: Path, *patterns: str) -> list[str]:
    """Give the command that unpacks a tar's files, or those that a pattern fits, as one's own.

    tar strips a leading `/` and refuses `..` by itself.
    """
    kept = ["--no-same-owner", "--no-same-permissions"]
    chosen = ["--wildcards", *patterns] if patterns else []
    return ["tar", "--extract", *kept, "--file", str(archive), "--directory", str(folder), *chosen]


def pack(folder: Path, archive: Path, epoch: int, left_out: Iterable[str]) -> list[str]:
    """Give the command that packs a root with all that `unpack` keeps: sorted, nothing newer than the epoch; for root only.

    Of what is mounted in a running system only the mount points are packed. `left_out` are paths that begin with `./`.
    """
    kept = ["--numeric-owner", "--xattrs", "--xattrs-include=*", "--acls", "--one-file-system"]
    times = [
        f"--mtime=@{epoch}",
        "--clamp-mtime",
        "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime",
    ]
    away = [
        f"--exclude={path}" for path in (*(f"./{name}/*" for name in ("dev", "proc", "run", "sys", "tmp")), *left_out)
    ]
    same = ["--create", "--format=posix", "--sort=name", "--anchored"]
    return ["tar", *same, *kept, *times, *away, "--file", str(archive), "--directory", str(folder), "."]
