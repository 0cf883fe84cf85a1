"""tar2sqfs: a compressed read-only file system straight from a tar, so that no root is needed."""

from __future__ import annotations

from pathlib import Path


def tar2sqfs(output: Path, compressor: str = "zstd") -> list[str]:
    """Return the command that makes a file system from a tar on standard input, with the tar's times.

    POSIX ACLs, which squashfs cannot hold, are omitted: systemd-tmpfiles sets the one on the journal at each boot.
    """
    return ["tar2sqfs", "--quiet", "--compressor", compressor, str(output)]


def sqfs2tar(image: Path) -> list[str]:
    """Return the command that prints a file system as a tar."""
    return ["sqfs2tar", str(image)]
