"""Runs what has to run, the longest way to the end first, as many at a time as there are slots."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from doit.exceptions import BaseFail, TaskFailed, UnmetDependency
from doit.runner import Runner as DoitRunner

from composelib.engine.child_process import Failure, failure_of
from composelib.engine.doit_state import State
from composelib.engine.freshness import missing_inputs
from composelib.engine.local_executor import Ended
from composelib.engine.report import Report
from composelib.engine.schedule import Queue, critical_path, task_of
from composelib.errors import ComposeError
from composelib.files import remove_tree
from composelib.task import Task

UNKNOWN = 1.0  # seconds that a task counts as taking that was never run


class Executor(Protocol):
    """What runs tasks: processes of this machine, or hosts of a cluster."""

    slots: int
    """How many tasks it runs at a time when the user does not say."""
    limits: Mapping[str, int]
    """Of how many tasks at a time each resource can be shared."""

    def check(self, programs: Iterable[str]) -> None:
        """Raise MachineError if tasks that use these programs would not do the same everywhere."""

    def start(self, name: str, task: Task, log: Path) -> None:
        """Start a task; raises OSError or ComposeError if that cannot be."""

    def wait(self) -> Iterator[Ended]:
        """Give the tasks that ended meanwhile, waiting a little if there are none."""

    def end_all(self) -> None:
        """End all that runs."""


class Runner(DoitRunner):
    """doit's runner with tasks in processes of their own; doit's part, choosing and recording, is inherited."""

    def __init__(
        self, state: State, report: Report, executor: Executor, *, slots: int, keep_going: bool, always: bool
    ) -> None:
        super().__init__(state, report, keep_going, always)
        self.executor = executor
        self.slots = slots
        self.prepare: Callable[[], None] | None = None
        """Called once, before the first task starts; what it raises ends the run with nothing begun."""
        self.running: dict[str, Any] = {}
        self.lost: set[Path] = set()  # outputs that failable tasks did not make
        self.statuses: set[int] = set()  # exit statuses the failures ask for

    def run_tasks(self, dispatcher: Any) -> None:
        """Run all that the dispatcher hands out; ends when all is done or a failure stopped it."""
        seconds = critical_path(dispatcher.tasks, lambda name: self.dep_manager.seconds(name) or UNKNOWN)
        queue = Queue(seconds, self.executor.limits)
        answers: deque[Any] = deque([None])
        try:
            while answers or queue or self.running:
                self.choose(dispatcher, answers, queue)
                self.fill(queue, answers)
                if self.running:
                    answers.extend(self.collect(queue))
                elif self._stop_running and not queue:
                    return
        finally:
            self.executor.end_all()

    def finish(self) -> int:
        """End doit's part: the records stay open, for what is gone is still to be swept away."""
        return int(self.final_result)

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
        """Start queued tasks while there are slots; those that are over at once are answered."""
        if self._stop_running:
            queue.keep_quick()
        while len(self.running) < self.slots:
            node = queue.take()
            if node is None:
                return
            if not self.begin(node):
                queue.give_back(node)
                answers.append(node)

    def begin(self, node: Any) -> bool:
        """Start a task; tells whether it runs now: what cannot start has failed."""
        task, ours = node.task, node.task.meta["task"]
        if self.prepare:
            self.prepare()
            self.prepare = None
        self.reporter.began(task, self.dep_manager.why(task))
        try:
            self.dep_manager.begin(task)
            clear(ours.outputs)
            self.executor.start(task.name, ours, self.reporter.log(task))
        except (ComposeError, OSError) as error:
            self.settle(node, failure_of(error))
            return False
        self.running[task.name] = node
        return True

    def collect(self, queue: Queue) -> Iterator[Any]:
        """Wait; give the nodes that are done."""
        for ended in self.executor.wait():
            node = self.running.pop(ended.name)
            queue.give_back(node)
            node.task.seconds = ended.seconds
            ours = node.task.meta["task"]
            self.settle(node, ended.failure or unmade(ours) or self.dep_manager.disturbed(node.task))
            yield node

    def settle(self, node: Any, failure: Failure | None) -> None:
        """Take a task's end to the records and the user."""
        ours: Task = node.task.meta["task"]
        if failure is None:
            self.process_task_result(node, None)
        elif ours.failable:
            self.lose(node, failure)
        else:
            remove(ours.outputs)
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
        ours = task_of(node.task)
        if not (node.bad_deps or node.ignored_deps or self.dep_manager.status_is_ignore(node.task)):
            if ours is None:  # a stage's group, whose tasks are done
                node.run_status = "up-to-date"
                return False
            if self.lost.intersection((*ours.inputs, *ours.order_only)):
                self.lose(node, None)
                return False
            absent = missing_inputs(ours)
            if absent:
                self.settle(node, Failure(f"{absent[0]} is not there", f"{node.task.name} needs it"))
                return False
        return bool(super().select_task(node, tasks))

    def _handle_task_error(self, node: Any, base_fail: BaseFail) -> None:
        """Mark a failure; what could not run for another's failure keeps its record: it is as fresh as before."""
        if isinstance(base_fail, UnmetDependency):
            node.run_status = "failure"
            self.reporter.skipped(node.task, str(base_fail.message))
        else:
            super()._handle_task_error(node, base_fail)


def unmade(task: Task) -> Failure | None:
    """Give the failure of a task that said it was done but left no output where one has to be."""
    absent = [str(path) for path in task.outputs if path.is_symlink() or not path.is_file()]
    if not absent:
        return None
    return Failure(f"it ended well but did not make {', '.join(absent)}", "see its log for the programs it ran")


def remove(outputs: tuple[Path, ...]) -> None:
    """Remove what a failed task may have left: it is not to be taken for a result."""
    clear(outputs)
    for output in outputs:
        output.unlink(missing_ok=True)


def clear(outputs: tuple[Path, ...]) -> None:
    """Remove what is not a file from where files are to be put."""
    for output in outputs:
        if output.is_symlink():
            output.unlink()
        elif output.is_dir():
            remove_tree(output)
