"""Runs a task on a host of a cluster: in a child process of a fresh Python program, which loads the current code."""

from __future__ import annotations

import json
import os
import pickle
import platform
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import composelib
from composelib.engine.child_process import TaskFailure
from composelib.engine.digests import hash_content
from composelib.engine.exit_status import interruptible, run_action
from composelib.engine.local_executor import Workers
from composelib.task import Task
from composelib.tools.run import clean_environment, end_with_parent, start

POLL = 0.1
"""Seconds between two checks whether a task was cancelled."""
RUNNING: set[str] = set()
"""Claims of the tasks that are running in this Dask worker."""


def call(payload: bytes, claim: str, directory: str, path: list[str]) -> dict[str, object] | None:
    """Run a pickled task in a Dask worker's thread; return its failure as a dict, None if it succeeded.

    The cluster may start a task twice, after it has lost contact with the first host; only one of them can create the
    claim, so that two never write the same files.
    """
    try:
        os.close(os.open(claim, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return vars(TaskFailure("the host that ran it was lost", "see the cluster's own logs"))
    RUNNING.add(claim)
    try:
        return run_program(payload, directory, path)
    finally:
        RUNNING.discard(claim)


def run_program(payload: bytes, directory: str, path: list[str]) -> dict[str, object] | None:
    """Start the program that runs the task, and end it if the task is cancelled; return its failure."""
    environment = {"PYTHONPATH": os.pathsep.join(path)}
    with start([sys.executable, "-m", __name__, directory], env=environment) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the program was started without pipes")
        process.stdin.write(payload)
        process.stdin.close()
        while process.poll() is None:
            if is_cancelled():
                return vars(TaskFailure("it was cancelled"))
            time.sleep(POLL)
        answer = process.stdout.read()
    failure: dict[str, object] | None = (
        json.loads(answer) if answer else vars(TaskFailure("the program that ran it on its host was killed"))
    )
    return failure


def is_cancelled() -> bool:
    """Return whether the run that sent this thread's task has ended or died, so that nobody waits for the task."""
    from distributed import get_worker  # noqa: PLC0415 - not needed in the program that runs the task

    worker = get_worker()
    state = worker.state.tasks.get(worker.get_current_task())
    return state is None or state.state in {"cancelled", "released", "forgotten"}


def is_busy() -> bool:
    """Return whether this Dask worker is still running a task of ours."""
    return bool(RUNNING)


def identify_host(programs: Iterable[str], token: str) -> dict[str, str]:
    """Return what must be the same on all hosts: Python, our code, each program's bytes, and the shared file system."""
    path = clean_environment()["PATH"]
    paths = {name: shutil.which(name, path=path) for name in programs}
    code = [hash_content(str(file)) for file in sorted(Path(composelib.__file__).parent.rglob("*.py"))]
    return {
        "Python": platform.python_version(),
        "deb-compose": f"{Path(composelib.__file__).parent} {' '.join(code)}",
        "the shared folder": hash_content(token) if Path(token).is_file() else "",
        **{name: hash_content(os.path.realpath(program)) if program else "" for name, program in paths.items()},
    }


def main(directory: str) -> int:
    """Read a pickled (name, task, log, scratch), run the task, and print its failure as JSON; return the exit status."""
    end_with_parent(signal.SIGTERM)  # so that it still ends what the task started when the cluster's worker is killed
    os.chdir(directory)
    os.umask(0o022)
    task: Task
    name, task, log, scratch = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the run that started us
    workers = Workers(scratch, lambda _name, _text: None)
    try:
        workers.start(name, task, log)
        while True:
            for ended in workers.wait():
                print(json.dumps(ended.failure and vars(ended.failure)))
                return 0
    finally:
        workers.end_all()


if __name__ == "__main__":
    with interruptible():
        sys.exit(run_action(lambda: main(sys.argv[1])))
