"""tar: root file systems with their owners and attributes, and plain files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def unpack(archive: Path, folder: Path, *, devices: bool = True) -> list[str]:
    """Return the command that unpacks a root's tar with owners by number, modes, capabilities and ACLs; for root only.

    Without `devices` nothing in /dev is unpacked: the root of a user namespace can make no device.
    """
    attributes = [
        "--delay-directory-restore",
        "--numeric-owner",
        "--same-owner",
        "--same-permissions",
        "--xattrs",
        "--xattrs-include=*",
        "--acls",
    ]
    excluded = [] if devices else ["--anchored", "--exclude=./dev/*", "--exclude=dev/*"]
    return ["tar", "--extract", *attributes, *excluded, "--file", str(archive), "--directory", str(folder)]


def unpack_files(archive: Path, folder: Path, *patterns: str) -> list[str]:
    """Return the command that unpacks a tar's files, or those that match a pattern, owned by the user.

    tar strips a leading `/` and refuses `..` by itself.
    """
    attributes = ["--no-same-owner", "--no-same-permissions"]
    chosen = ["--wildcards", *patterns] if patterns else []
    return ["tar", "--extract", *attributes, "--file", str(archive), "--directory", str(folder), *chosen]


def pack(folder: Path, archive: Path, epoch: int, excluded: Iterable[str]) -> list[str]:
    """Return the command that packs a root with all that `unpack` restores: sorted, no time after the epoch; for root only.

    Of the file systems of a running system only the mount points are packed. `excluded` are paths that begin with `./`.
    """
    attributes = ["--numeric-owner", "--xattrs", "--xattrs-include=*", "--acls", "--one-file-system"]
    times = [
        f"--mtime=@{epoch}",
        "--clamp-mtime",
        "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime",
    ]
    exclusions = [
        f"--exclude={path}" for path in (*(f"./{name}/*" for name in ("dev", "proc", "run", "sys", "tmp")), *excluded)
    ]
    options = ["--create", "--format=posix", "--sort=name", "--anchored"]
    return ["tar", *options, *attributes, *times, *exclusions, "--file", str(archive), "--directory", str(folder), "."]
