"""Runs what has to run, the longest way to the end first, as many at a time as there are slots."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from doit.exceptions import BaseFail, TaskFailed, UnmetDependency
from doit.runner import Runner as DoitRunner

from composelib.engine.report import Report
from composelib.engine.state import State
from composelib.engine.worker import Failure
from composelib.engine.workers import Ended
from composelib.task import Task

POOLS = {"network": 4, "disk": 1, "loop": 1, "sign": 1, "qemu": 1}
"""Of how many tasks at a time each resource can be shared."""


class Executor(Protocol):
    """What runs tasks: processes of this machine, or hosts of a cluster."""

    def start(self, name: str, task: Task, log: Path) -> None:
        """Start a task."""

    def wait(self) -> Iterator[Ended]:
        """Give the tasks that ended meanwhile, waiting a little if there are none."""

    def end_all(self) -> None:
        """End all that runs."""


@dataclass
class Queue:
    """Tasks ready to run, by priority, and what is taken of the resource pools."""

    priority: Callable[[str], float]
    heap: list[tuple[float, int, Any]] = field(default_factory=list)
    order: Iterator[int] = field(default_factory=itertools.count)
    taken: Counter[str] = field(default_factory=Counter)

    def add(self, node: Any) -> None:
        """Add a ready node."""
        heapq.heappush(self.heap, (-self.priority(node.task.name), next(self.order), node))

    def take(self) -> Any | None:
        """Take the most urgent node whose pool has room, None if there is none."""
        for entry in sorted(self.heap):
            pool = pool_of(entry[2])
            if not pool or self.taken[pool] < POOLS.get(pool, 1):
                self.heap.remove(entry)
                heapq.heapify(self.heap)
                self.taken[pool] += 1
                return entry[2]
        return None


def pool_of(node: Any) -> str:
    """Give the resource a node's task needs a share of."""
    ours: Task | None = (node.task.meta or {}).get("task")
    return ours.pool if ours else ""


class Runner(DoitRunner):
    """doit's runner with tasks in processes of their own; doit's part, choosing and recording, is inherited."""

    def __init__(
        self, state: State, report: Report, executor: Executor, *, slots: int, keep_going: bool, always: bool
    ) -> None:
        super().__init__(state, report, keep_going, always)
        self.executor = executor
        self.slots = slots
        self.running: dict[str, Any] = {}
        self.lost: set[Path] = set()  # outputs that failable tasks did not make
        self.statuses: set[int] = set()  # exit statuses the failures ask for

    def run_tasks(self, dispatcher: Any) -> None:
        """Run all that the dispatcher hands out; ends when all is done or a failure stopped it."""
        queue = Queue(critical_path(dispatcher.tasks, self.dep_manager))
        answers: deque[Any] = deque([None])
        try:
            while answers or self.running or queue.heap:
                self.choose(dispatcher, answers, queue)
                self.fill(queue, answers)
                if self.running:
                    answers.extend(self.collect(queue))
                elif self._stop_running or not (answers or queue.heap):
                    return
        finally:
            self.executor.end_all()

    def choose(self, dispatcher: Any, answers: deque[Any], queue: Queue) -> None:
        """Ask the dispatcher for tasks until it has none ready; those that must run are queued."""
        while answers and not self._stop_running:
            try:
                node = dispatcher.generator.send(answers.popleft())
            except StopIteration:
                answers.clear()
                return
            if node == "hold on":
                continue
            if self.select_task(node, dispatcher.tasks):
                queue.add(node)
                answers.append(None)
            else:
                answers.append(node)

    def fill(self, queue: Queue, answers: deque[Any]) -> None:
        """Start queued tasks while there are slots; a group is done at once."""
        while not self._stop_running and len(self.running) < self.slots:
            node = queue.take()
            if node is None:
                return
            if not (node.task.meta or {}).get("task"):
                node.run_status = "successful"
                answers.append(node)
                continue
            self.begin(node)

    def begin(self, node: Any) -> None:
        """Start one task."""
        ours: Task = node.task.meta["task"]
        why = self.dep_manager.why(node.task)
        self.reporter.began(node.task, why)
        self.dep_manager.begin(node.task)
        self.running[node.task.name] = node
        self.executor.start(node.task.name, ours, self.reporter.log(node.task))

    def collect(self, queue: Queue) -> list[Any]:
        """Wait; give the nodes that are done."""
        done = []
        for ended in self.executor.wait():
            node = self.running.pop(ended.name)
            queue.taken[pool_of(node)] -= 1
            node.task.seconds = ended.seconds
            self.settle(node, ended.failure or unmade(node.task.meta["task"]))
            done.append(node)
        return done

    def settle(self, node: Any, failure: Failure | None) -> None:
        """Take a task's end to the records and the user."""
        ours: Task = node.task.meta["task"]
        if failure is None:
            self.process_task_result(node, None)
            return
        remove(ours.outputs)
        if ours.failable:
            self.lose(node, failure)
            return
        self.statuses.add(failure.status)
        self.reporter.failed(node.task, failure)
        self._handle_task_error(node, TaskFailed(failure.message))

    def lose(self, node: Any, failure: Failure | None) -> None:
        """Go on without a failable task's outputs; with no failure of its own, it lacked one of those."""
        ours: Task = node.task.meta["task"]
        remove(ours.outputs)
        self.dep_manager.remove(node.task.name)
        self.lost |= set(ours.outputs)
        self.reporter.lost(node.task, failure)
        node.run_status = "successful"

    def select_task(self, node: Any, tasks: dict[str, Any]) -> bool:
        """Decide, as doit does, whether a task runs; one that needs what a failable task did not make is left out."""
        ours: Task | None = (node.task.meta or {}).get("task")
        if ours and not node.bad_deps and self.lost.intersection((*ours.inputs, *ours.order_only)):
            self.reporter.get_status(node.task)
            self.lose(node, None)
            return False
        return bool(super().select_task(node, tasks))

    def _handle_task_error(self, node: Any, base_fail: BaseFail) -> None:
        """Mark a failure; what could not run for another's failure keeps its record: it is as fresh as before."""
        if isinstance(base_fail, UnmetDependency):
            node.run_status = "failure"
            self.reporter.skipped(node.task, str(base_fail.message))
            return
        if not isinstance(base_fail, TaskFailed):
            self.statuses.add(3)
            self.reporter.failed(node.task, Failure(base_fail.message, "", 3))
        super()._handle_task_error(node, base_fail)


def unmade(task: Task) -> Failure | None:
    """Give the failure of a task that said it was done but left no output where one has to be."""
    absent = [str(path) for path in task.outputs if path.is_symlink() or not path.is_file()]
    if not absent:
        return None
    return Failure(f"it ended well but did not make {', '.join(absent)}", "see its log for the programs it ran", 1)


def remove(outputs: tuple[Path, ...]) -> None:
    """Remove what a failed task may have left: it is not to be taken for a result."""
    for output in outputs:
        output.unlink(missing_ok=True)


def critical_path(tasks: dict[str, Any], state: State) -> Callable[[str], float]:
    """Give the function that tells how many seconds lie between a task's begin and the end of the compose."""
    after: dict[str, list[str]] = {name: [] for name in tasks}
    for name, task in tasks.items():
        for needed in task.task_dep:
            after[needed].append(name)
    known: dict[str, float] = {}

    def seconds(name: str) -> float:
        if name not in known:
            known[name] = 0.0  # a circle is doit's to report
            record = state.records.get(name)
            own = record.seconds if record else 1.0
            known[name] = own + max(map(seconds, after[name]), default=0.0)
        return known[name]

    return seconds
