"""The server of `warm_doit`: it imports what doit and the stages need, and forks for each call it is sent.

It ends when the other end of its socket is closed.
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import runpy
import sys
from importlib import import_module
from pathlib import Path
from socket import recv_fds, socket

import doit.doit_cmd
import yaml

import composelib.engine.doit_runner
import composelib.engine.doit_state
from composelib import actions, program, stages

__all__ = ["composelib", "doit", "yaml"]
SIZE = 1 << 18
"""The most octets of a call: words, folder and environment."""


def import_stages() -> None:
    """Import what tasks are declared with and what they run."""
    for package in (stages, actions):
        for module in pkgutil.iter_modules(package.__path__):
            import_module(f"{package.__name__}.{module.name}")


def serve(calls: socket) -> None:
    """Answer each call with the exit status; return in a process that is to do what was called for."""
    while True:
        content, files, _, _ = recv_fds(calls, SIZE, 2)
        if not content:
            sys.exit()
        if (pid := os.fork()) == 0:
            become(*json.loads(content), *files)
            return
        for file in files:
            os.close(file)
        calls.send(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())


def become(words: list[str], folder: str, environment: dict[str, str], *files: int) -> None:
    """Be as a process that was just started with these words in this folder."""
    for number, file in enumerate(files, start=1):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv[1:] = words
    sys.orig_argv[:] = [sys.executable, "-m", "doit", *words]  # for a run that begins anew
    sys.path[0] = folder
    sys.dont_write_bytecode = True
    program.START = Path(folder)


if __name__ == "__main__":
    import_stages()
    gc.freeze()
    with socket(fileno=int(sys.argv[1])) as calls:
        serve(calls)
    runpy.run_module("doit", run_name="__main__", alter_sys=True)
