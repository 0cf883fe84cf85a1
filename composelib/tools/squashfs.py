"""tar2sqfs: a compressed read-only file system straight from a tar, so that no root is needed."""

from __future__ import annotations

from pathlib import Path


def tar2sqfs(output: Path, compressor: str = "zstd") -> list[str]:
    """Give the command that reads a tar from standard input; times are the tar's.

    POSIX ACLs, which squashfs cannot hold, are left out: systemd-tmpfiles sets the one on the journal anew at each boot.
    """
    return ["tar2sqfs", "--quiet", "--compressor", compressor, str(output)]
