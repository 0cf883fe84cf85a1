"""`python -m doit` in a fork of a process that has imported the program's modules: most of what a start costs is that.

What Python itself reads when it starts is the same for all calls; a call that wants it otherwise, or is made while
another is at work, starts a process of its own.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from socket import AF_UNIX, SOCK_SEQPACKET, send_fds, socket, socketpair
from tempfile import TemporaryFile
from threading import Lock

VARIABLES = {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
"""What doit is started with, to be found from any folder, and to see a change of a module within the same second."""
AT_START = ("PYTHON", "LC_", "LANG", "TZ")
"""How the names of variables begin that Python reads when it starts."""


@dataclass(frozen=True)
class Call:
    """Words after `doit`, the folder in which they are typed, and the environment."""

    words: tuple[str, ...]
    folder: Path
    environment: dict[str, str]
    starter: tuple[str, ...] = ()
    """A program, with its options, that starts doit."""


@dataclass(frozen=True)
class Server:
    """The process that forks, our end of the socket to it, what Python read of the environment, and a call's lock."""

    process: subprocess.Popen[bytes]
    socket: socket
    variables: dict[str, str]
    lock: Lock = field(default_factory=Lock)

    def end(self) -> None:
        """Let the process end, and wait until it has."""
        self.socket.close()
        self.process.wait()


def run_doit(call: Call, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run `doit` and return how it ended; subprocess.TimeoutExpired if it takes longer than `timeout` seconds."""
    server = find_server()
    differs = call.starter or read_variables(call.environment) != server.variables
    if differs or not server.lock.acquire(blocking=False):
        return start_doit(call, timeout)
    with TemporaryFile() as output, TemporaryFile() as errors:
        content = json.dumps([call.words, str(call.folder), call.environment | VARIABLES]).encode()
        server.socket.settimeout(timeout)
        try:
            send_fds(server.socket, [content], [output.fileno(), errors.fileno()])
            status = int(server.socket.recv(16))
        except TimeoutError as error:
            start_server.cache_clear()
            server.process.kill()
            raise subprocess.TimeoutExpired(call.words, timeout or 0) from error
        finally:
            server.lock.release()
        texts = [os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode() for file in (output, errors)]
    return subprocess.CompletedProcess(call.words, status, *texts)


def start_doit(call: Call, timeout: float | None) -> subprocess.CompletedProcess[str]:
    """Run `doit` in a process of its own."""
    return subprocess.run(
        [*call.starter, sys.executable, "-m", "doit", *call.words],
        cwd=call.folder,
        env=call.environment | VARIABLES,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def read_variables(environment: dict[str, str]) -> dict[str, str]:
    """Return the variables that Python reads when it starts."""
    return {name: value for name, value in environment.items() if name.startswith(AT_START)}


def find_server() -> Server:
    """Return the server of this process; a new one if a test has ended it, as one may that ends all that it can."""
    server = start_server()
    if server.process.poll() is None:
        return server
    start_server.cache_clear()
    return start_server()


@cache
def start_server() -> Server:
    """Start the server of this process; it ends with it."""
    ours, theirs = socketpair(AF_UNIX, SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.kit.doit_server", str(theirs.fileno())],
            cwd=VARIABLES["PYTHONPATH"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    server = Server(process, ours, read_variables(dict(os.environ)))
    atexit.register(server.end)
    return server
