"""What proc(5) tells of other processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

WORKER = "compose-task"  # at most 15 characters
PR_SET_CHILD_SUBREAPER = 36
PAUSE = 0.02  # seconds between two looks at what is being killed


def begun(pid: int) -> str:
    """Give a process's start time (field 22 of stat), so that a reused ID is told apart; empty if it is dead."""
    fields = stat_fields(pid)
    return fields[19] if fields and fields[0] != "Z" else ""


def session(pid: int) -> int:
    """Give a process's session ID (field 6 of stat), 0 if it is gone."""
    fields = stat_fields(pid)
    return int(fields[3]) if fields else 0


def stat_fields(pid: int) -> list[str]:
    """Give the fields of a process's stat that follow its name, none if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def others() -> Iterator[int]:
    """Give the IDs of all processes but this one."""
    for name in os.listdir("/proc"):  # noqa: PTH208 - hundreds, at each task's end
        if name.isdigit() and int(name) != os.getpid():
            yield int(name)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends (prctl(2), PR_SET_CHILD_SUBREAPER)."""
    import ctypes  # noqa: PLC0415 - only when something runs

    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def children() -> list[int]:
    """Give the IDs of this process's children, dead ones that nobody waited for among them."""
    lists = Path("/proc/self/task").glob("*/children")
    return [int(pid) for each in lists for pid in each.read_text().split()]


def end_children(chosen: Callable[[int], bool]) -> None:
    """Kill the children that are chosen, and theirs that are chosen when they become ours; wait for each."""
    while found := [pid for pid in children() if chosen(pid)]:
        for pid in found:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def has_open(pid: int, file: os.stat_result) -> bool:
    """Tell whether a process has a file open."""
    with suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if os.path.samestat(link.stat(), file):
                    return True
    return False


def call_worker() -> None:
    """Let this process and what it forks be known as workers, to kill_all and to readers of ps(1)."""
    Path("/proc/self/comm").write_text(WORKER)


def is_worker(pid: int) -> bool:
    """Tell whether a process called itself a worker."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == WORKER
    except OSError:
        return False


def works_below(pid: int, folder: Path) -> bool:
    """Tell whether a process was started with a variable, HOME or TMPDIR, that names something below a folder."""
    try:
        return f"={folder.absolute()}/".encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


def kill_all(chosen: Callable[[int], bool], seconds: float) -> bool:
    """Kill the processes that are chosen, and those they still start; tells whether all were gone in time."""
    deadline = time.monotonic() + seconds
    while found := [pid for pid in others() if chosen(pid) and begun(pid)]:
        if time.monotonic() > deadline:
            return False
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(PAUSE)
    return True
