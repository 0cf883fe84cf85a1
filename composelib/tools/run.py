"""Starts outside programs; no other module does."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING

from composelib.errors import ComposeError, MachineError
from composelib.tools import space

if TYPE_CHECKING:
    from ctypes import CDLL

Process = subprocess.Popen[bytes]
PR_SET_PDEATHSIG = 1
STARTER = "DEB_COMPOSE_TASK"
"""The variable that names, to whatever a task has started, the task's folder for temporary files."""
INHERITED: tuple[str, ...] = ("HOME", "TMPDIR", "SOURCE_DATE_EPOCH", "GNUPGHOME", STARTER)
SEARCHED = ":/usr/local/sbin:/usr/sbin:/sbin"
"""Folders to search for programs after those of PATH, as a user's PATH may lack them."""
TERMINATION_GRACE = 5.0  # seconds from SIGTERM to SIGKILL


class ToolError(ComposeError):
    """An outside program failed; what it printed is in the task's log."""


def run(
    argv: Sequence[str | Path],
    *,
    timeout: float = 3600,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    input: bytes | None = None,  # noqa: A002 - subprocess's own word for it
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
    capture: bool = False,
    errors: bool = False,
    ok: tuple[int, ...] = (0,),
) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end; its output goes to this task's log unless it is captured or sent to a file.

    `env` is added to a clean environment (PATH, LC_ALL, TZ, HOME, TMPDIR and SOURCE_DATE_EPOCH of this process).
    `errors` sends standard error where standard output goes. After `timeout` seconds its process group is ended.
    Raise ToolError if its exit status is not in `ok` or it takes too long, MachineError if it is not installed or has
    filled the disk.
    """
    command = [str(word) for word in argv]
    program = find_executable(command[0])
    print("$", shlex.join(command), flush=True)
    log_size = space.measure_log()
    load_libc()  # before the fork, as a forked child of a process with threads must not import
    process = subprocess.Popen(
        command,
        executable=program,
        stdin=(stdin or subprocess.DEVNULL) if input is None else subprocess.PIPE,
        stdout=subprocess.PIPE if capture else stdout,
        stderr=subprocess.STDOUT if errors else None,
        env=clean_environment() | dict(env or {}),
        cwd=cwd,
        process_group=0,
        preexec_fn=end_with_parent,  # noqa: PLW1509 - a task's process has one thread
    )
    try:
        out, _ = process.communicate(input, timeout)
    except subprocess.TimeoutExpired:
        raise ToolError(f"{shlex.join(command)}: took more than {timeout:g} seconds and was ended") from None
    finally:
        end_group(process)
    if process.returncode not in ok:
        space.check_space(log_size)
        raise ToolError(f"{shlex.join(command)}: {describe_status(process.returncode)}")
    return subprocess.CompletedProcess(command, process.returncode, out)


@contextmanager
def start(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    pass_fds: tuple[int, ...] = (),
) -> Iterator[Process]:
    """Start a program to talk with over its standard input and output (unbuffered); end it when the block ends.

    `env` is added to a clean environment. `pass_fds` are open files that it inherits under their numbers.
    Raise MachineError if the program is not installed.
    """
    command = [str(word) for word in argv]
    program = find_executable(command[0])
    print("$", shlex.join(command), flush=True)
    load_libc()  # as above
    process = subprocess.Popen(
        command,
        executable=program,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        env=clean_environment() | dict(env or {}),
        pass_fds=pass_fds,
        process_group=0,
        preexec_fn=end_with_parent,  # noqa: PLW1509 - a task's process has one thread
    )
    try:
        yield process
    finally:
        end_group(process)
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()


def hand_over(argv: Sequence[str | Path]) -> int:
    """Let a program have this terminal until it ends; return its exit status. Raise MachineError if it is not installed."""
    command = [str(word) for word in argv]
    program = find_executable(command[0])
    terminal = {"TERM": os.environ.get("TERM", "dumb")}
    interrupt = signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is for the program, which does not inherit this
    try:
        done = subprocess.run(command, executable=program, env=clean_environment() | terminal, check=False)
    finally:
        signal.signal(signal.SIGINT, interrupt)
    return done.returncode


def find_executable(name: str) -> str:
    """Return the path of a program. Raise MachineError, with the package that has it, if it is not installed."""
    path = shutil.which(name, path=clean_environment()["PATH"])
    if path is None:
        # The table is loaded by name to keep it out of the stages' own source: a row added to it remakes no artifact.
        packages = import_module("composelib.tools.packages")
        raise MachineError(f"{name}: program not found", packages.find_cure(name))
    return path


def clean_environment() -> dict[str, str]:
    """Return the environment that every outside program starts from: nothing of the user's leaks into an artifact."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    path = os.environ.get("PATH", "") + SEARCHED
    return {"PATH": path, "LC_ALL": "C.UTF-8", "TZ": "UTC", "DEBIAN_FRONTEND": "noninteractive", **inherited}


def end_with_parent(number: int = signal.SIGKILL) -> None:
    """Ask the kernel to send this process a signal when its parent ends, however that ends (prctl(2))."""
    load_libc().prctl(PR_SET_PDEATHSIG, number)


def load_libc() -> CDLL:
    """Return the C library."""
    import ctypes  # noqa: PLC0415 - only when something is started

    return ctypes.CDLL(None)


def end_group(process: Process) -> None:
    """End a program and what remains of its process group: by SIGTERM, then by SIGKILL."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(TERMINATION_GRACE)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def describe_status(returncode: int) -> str:
    """Describe a return code of subprocess."""
    if returncode >= 0:
        return f"exit status {returncode}"
    return f"killed by {signal.Signals(-returncode).name}"
