"""tar: a root file system unpacked as it was packed."""

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
