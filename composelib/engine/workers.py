"""The tasks that run at this moment, each in a process of this machine."""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from composelib.engine import worker
from composelib.engine.worker import Failure, Worker
from composelib.files import remove_tree
from composelib.task import Task

ENDING = 8.0  # seconds that workers get to end by themselves
TICK = 1.0  # seconds after which waiting returns all the same


@dataclass(frozen=True)
class Ended:
    """A task that has come to its end."""

    name: str
    failure: Failure | None
    seconds: float


@dataclass
class Workers:
    """Starts tasks and waits for them; `scratch` is a folder for their temporary files."""

    scratch: Path
    progress: Callable[[str, str], None]
    running: dict[str, Worker] = field(default_factory=dict)
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def start(self, name: str, task: Task, log: Path) -> None:
        """Start a task under a name."""
        folder = self.folder(name)
        remove_tree(folder)
        started = worker.start(task, log, folder)
        self.running[name] = started
        self.selector.register(started.pidfd, selectors.EVENT_READ, (name, True))
        self.selector.register(started.channel, selectors.EVENT_READ, (name, False))

    def folder(self, name: str) -> Path:
        """Give the folder a task has for temporary files."""
        return self.scratch / name.replace(":", "-")

    def wait(self) -> Iterator[Ended]:
        """Wait until something happens, a second at most; gives the tasks that ended."""
        for key, _ in self.selector.select(TICK):
            name, over = key.data
            current = self.running.get(name)
            if current is None:
                continue
            if over:
                yield self.reap(name, current)
            else:
                self.listen(name, current)

    def listen(self, name: str, current: Worker) -> None:
        """Pass on what a task says of its progress."""
        before = len(current.messages), current.rest
        said = list(current.read())
        for text in said:
            self.progress(name, text)
        if not said and before == (len(current.messages), current.rest):  # the pipe's other end is closed
            with suppress(KeyError):
                self.selector.unregister(current.channel)

    def reap(self, name: str, current: Worker) -> Ended:
        """Take leave of an ended worker."""
        for descriptor in (current.pidfd, current.channel):
            with suppress(KeyError):
                self.selector.unregister(descriptor)
        del self.running[name]
        failure = current.end()
        with suppress(OSError):
            remove_tree(self.folder(name))
        return Ended(name, failure, time.monotonic() - current.begun)

    def end_all(self) -> None:
        """End every running task: politely first, for certain after some seconds."""
        for current in self.running.values():
            with suppress(ProcessLookupError):
                os.kill(current.pid, signal.SIGTERM)
        deadline = time.monotonic() + ENDING
        while self.running and time.monotonic() < deadline:
            for _ in self.wait():
                pass
        for name, current in list(self.running.items()):
            with suppress(ProcessLookupError):
                os.kill(current.pid, signal.SIGKILL)
            self.reap(name, current)
