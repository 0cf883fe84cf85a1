"""dracut: the command that makes an initramfs, within the root file system that it starts (dracut(8))."""

from __future__ import annotations

from collections.abc import Sequence


def initramfs(kernel: str, target: str, modules: Sequence[str]) -> list[str]:
    """Return the command that makes an initramfs, reproducibly, with these modules of dracut besides its defaults."""
    added = f"--add={' '.join(modules)}"
    return [
        "dracut",
        "--quiet",
        "--force",
        "--no-hostonly",
        "--reproducible",
        "--zstd",
        added,
        "--kver",
        kernel,
        target,
    ]
