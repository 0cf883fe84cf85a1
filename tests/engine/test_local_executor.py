from __future__ import annotations

import errno
import os
import random
import selectors
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from composelib.engine import child_process, processes
from composelib.engine.child_process import END_SIGNALS
from composelib.engine.exit_status import InterruptedRunError, interruptible
from composelib.engine.local_executor import Workers
from composelib.task import Task

if TYPE_CHECKING:
    from _typeshed import HasFileno


@contextmanager
def handlers_restored() -> Iterator[None]:
    """Bring back the signals' handlers after the block."""
    handlers = {number: signal.getsignal(number) for number in (*END_SIGNALS, signal.SIGALRM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def fail_late(_number: int, _frame: object) -> None:
    raise TimeoutError


def leave_children() -> None:
    for _ in range(3):
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)


def interrupt_after(seconds: float) -> None:
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGTERM))
    signal.setitimer(signal.ITIMER_REAL, seconds)


def run_until_interrupted(folder: Path, prepare: Callable[[], object]) -> None:
    """Start tasks and reap them until a signal comes; end them all."""
    workers = Workers(folder, lambda _name, _text: None)
    task = Task("x", "", partial(leave_children), inputs=(), outputs=(), uses={})
    with handlers_restored(), interruptible():
        try:
            prepare()
            while True:
                workers.start("a:x", task, folder / "log")
                while workers.running:
                    list(workers.wait())
        finally:
            signal.signal(signal.SIGALRM, fail_late)
            signal.alarm(20)
            workers.end_all()
            signal.alarm(0)


def test_a_signal_while_a_task_is_reaped_waits_for_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def end_children(matches: Callable[[int], bool]) -> None:
        signal.raise_signal(signal.SIGTERM)
        processes.end_children(matches)

    monkeypatch.setattr(child_process, "end_children", end_children)
    with pytest.raises(InterruptedRunError):
        run_until_interrupted(tmp_path, lambda: None)


def test_a_signal_at_any_moment_ends_all(tmp_path: Path) -> None:
    dice = random.Random(1)  # noqa: S311 - the same every time
    for _ in range(20):
        moment = dice.uniform(0.001, 0.1)
        with pytest.raises(InterruptedRunError):
            run_until_interrupted(tmp_path, partial(interrupt_after, moment))


class FullSelector(selectors.DefaultSelector):
    """A selector that refuses the second file it is to watch, as epoll does where a user may watch no more (epoll(7))."""

    def register(self, fileobj: int | HasFileno, events: int, data: object = None) -> selectors.SelectorKey:
        if self.get_map():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().register(fileobj, events, data)


def test_a_task_that_cannot_be_watched_is_ended_and_nobody_waits_for_it(tmp_path: Path) -> None:
    workers = Workers(tmp_path, lambda _name, _text: None, selector=FullSelector())
    task = Task("x", "", partial(time.sleep, 600), inputs=(), outputs=(), uses={})
    with pytest.raises(OSError, match="No space left"):
        workers.start("a:x", task, tmp_path / "log")
    assert workers.running == {}
    assert not workers.selector.get_map()
