"""tar: a root file system unpacked as it was packed, and files of a tar that is nobody's root."""

from __future__ import annotations

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
