"""Runs tasks on this machine, each in a process of its own."""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import field
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.engine import child_process
from composelib.engine.child_process import TaskFailure, Worker
from composelib.engine.processes import adopt_orphans, end_children
from composelib.engine.task_share import assign_share
from composelib.files import remove_tree
from composelib.model.jobs import Jobs
from composelib.task import Task

END_SECONDS = 7.0
"""Seconds that tasks have to end after SIGTERM, before SIGKILL."""
CGROUP_MEMORY = Path("/sys/fs/cgroup/memory.max")
TICK = 1.0
"""Seconds after which waiting returns even if nothing has happened."""


def count_processors() -> int:
    """Return the processors that this process may use."""
    return len(os.sched_getaffinity(0))


def measure_memory() -> int:
    """Return this machine's memory in bytes, or what its control group may use (cgroups(7)) if that is less."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = CGROUP_MEMORY.read_text().strip() if CGROUP_MEMORY.exists() else ""
    return min(whole, int(limit)) if limit.isdigit() else whole


@contextmanager
def postpone_end() -> Iterator[None]:
    """Let signals that ask to end arrive only after the block."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, child_process.END_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


@dataclass(frozen=True)
class Ended:
    """A task that has ended."""

    name: str
    failure: TaskFailure | None
    seconds: float


@dataclass
class Workers:
    """Starts tasks and waits for them; `scratch` holds their temporary files."""

    scratch: Path
    progress: Callable[[str, str], None]
    slots: int = field(default_factory=count_processors)
    limits: Mapping[str, int] = field(default_factory=dict)
    jobs: Jobs | None = None
    running: dict[str, Worker] = field(default_factory=dict)
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def check(self, programs: Iterable[str]) -> None:
        """Accept any programs: there is one host only."""

    def start(self, name: str, task: Task, log: Path) -> None:
        """Start a task under a name. Raise OSError if the machine cannot start a process."""
        adopt_orphans()  # so that what the task leaves running can be ended
        folder = self.folder(name)
        remove_tree(folder)
        with postpone_end():  # until end_all() can end it
            share = assign_share(task, self.jobs, (running.share for running in self.running.values()))
            worker = child_process.start(task, log, folder, share)
            self.running[name] = worker
            try:
                self.selector.register(worker.pidfd, selectors.EVENT_READ, name)
                self.selector.register(worker.channel, selectors.EVENT_READ, name)
            except OSError:  # whoever waits would never hear of its end
                os.kill(worker.pid, signal.SIGKILL)
                self.reap(name, worker)
                raise

    def folder(self, name: str) -> Path:
        """Return the folder for a task's temporary files."""
        return self.scratch / name.replace(":", "--")

    def wait(self) -> Iterator[Ended]:
        """Wait until something happens, a second at most; yield the tasks that have ended."""
        for key, _ in self.selector.select(TICK):
            current = self.running.get(key.data)
            if current is None:
                continue
            if key.fd == current.pidfd:
                yield self.reap(key.data, current)
            else:
                self.listen(key.data, current)

    def listen(self, name: str, current: Worker) -> None:
        """Pass on a task's progress."""
        for text in current.read():
            self.progress(name, text)
        if current.silent:
            self.selector.unregister(current.channel)

    def reap(self, name: str, current: Worker) -> Ended:
        """Remove an ended worker; return how it ended."""
        with postpone_end():  # half reaped, end_all() would wait for it forever
            for descriptor in (current.pidfd, current.channel):
                with suppress(KeyError):
                    self.selector.unregister(descriptor)
            failure = current.end()
            del self.running[name]
        with suppress(OSError):
            remove_tree(self.folder(name))
        return Ended(name, failure, time.monotonic() - current.begun)

    def end_all(self) -> None:
        """End every running task: with SIGTERM first, with SIGKILL after some seconds."""
        self.send(signal.SIGTERM)
        deadline = time.monotonic() + END_SECONDS
        while self.running and time.monotonic() < deadline:
            for _ in self.wait():
                pass
        self.send(signal.SIGKILL)
        while self.running:
            for _ in self.wait():
                pass
        end_children(lambda _: True)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to every worker."""
        for current in self.running.values():
            with suppress(ProcessLookupError):
                os.kill(current.pid, number)
