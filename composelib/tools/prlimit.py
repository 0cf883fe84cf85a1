"""prlimit: runs a program with limits on what each of its processes may take (prlimit(1))."""

from __future__ import annotations

from collections.abc import Iterable


def limit(command: Iterable[str], *, processes: int, memory: int, file_size: int) -> list[str]:
    """Return the command that runs another one; `processes` counts those of its user, sizes are in bytes."""
    return ["prlimit", "--core=0", f"--nproc={processes}", f"--data={memory}", f"--fsize={file_size}", "--", *command]
