"""Other processes, as proc(5) shows them, and how to end them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from composelib.tools.run import STARTER

WORKER = "compose-task"
"""The name of a process that runs a task, at most 15 characters."""
PR_SET_CHILD_SUBREAPER = 36
PAUSE = 0.02
"""Seconds between two looks at processes that are being killed."""


def read_start_time(pid: int) -> str:
    """Return a process's start time (field 22 of stat), which tells apart processes of one ID; empty if it is dead."""
    fields = read_stat(pid)
    return fields[19] if fields and fields[0] != "Z" else ""


def measure_age() -> float:
    """Return the seconds since this process was started."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(read_start_time(os.getpid())) / os.sysconf("SC_CLK_TCK")


def read_session(pid: int) -> int:
    """Return a process's session ID (field 6 of stat), 0 if it is gone."""
    fields = read_stat(pid)
    return int(fields[3]) if fields else 0


def read_stat(pid: int) -> list[str]:
    """Return the fields of a process's stat after its name, none if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def list_processes() -> Iterator[int]:
    """Yield the IDs of all processes but this one."""
    for name in os.listdir("/proc"):  # noqa: PTH208 - fast, as there are hundreds and this runs at each task's end
        if name.isdigit() and int(name) != os.getpid():
            yield int(name)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends (prctl(2), PR_SET_CHILD_SUBREAPER)."""
    import ctypes  # noqa: PLC0415 - only when something runs

    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def list_children() -> list[int]:
    """Return the IDs of this process's children, zombies included."""
    lists = Path("/proc/self/task").glob("*/children")
    return [int(pid) for path in lists for pid in path.read_text().split()]


def end_children(matches: Callable[[int], bool]) -> None:
    """Kill the matching children, and matching orphans of theirs that this process inherits; wait for each."""
    while matching := [pid for pid in list_children() if matches(pid)]:
        for pid in matching:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def has_open(pid: int, file: os.stat_result) -> bool:
    """Return whether a process has a file open."""
    with suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if os.path.samestat(link.stat(), file):
                    return True
    return False


def name_worker() -> None:
    """Name this process, and those it forks, a worker: for is_worker and ps(1)."""
    Path("/proc/self/comm").write_text(WORKER)


def is_worker(pid: int) -> bool:
    """Return whether a process is named a worker."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == WORKER
    except OSError:
        return False


def was_started_below(pid: int, folder: Path) -> bool:
    """Return whether a task whose temporary files are below a folder has started a process, itself or by another program.

    A process that merely works there, such as somebody's shell, has no such variable.
    """
    try:
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(variable.startswith(f"{STARTER}={folder.absolute()}/".encode()) for variable in variables)


def kill_all(matches: Callable[[int], bool], seconds: float) -> bool:
    """Kill the matching processes until there are none; return whether that succeeded in time."""
    deadline = time.monotonic() + seconds
    while matching := [pid for pid in list_processes() if matches(pid) and read_start_time(pid)]:
        if time.monotonic() > deadline:
            return False
        for pid in matching:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(PAUSE)
    return True
