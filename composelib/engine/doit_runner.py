"""Runs the tasks that have to run, those on the critical path first, as many at a time as there are slots."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from doit.exceptions import BaseFail, DependencyError, TaskFailed, UnmetDependency
from doit.runner import Runner as DoitRunner

from composelib.engine.child_process import TaskFailure, describe_failure
from composelib.engine.doit_state import State
from composelib.engine.freshness import find_missing_inputs, list_inputs, read_listed_inputs
from composelib.engine.local_executor import Ended
from composelib.engine.report import Report
from composelib.engine.schedule import Queue, measure_urgency, unwrap_task
from composelib.errors import ComposeError
from composelib.files import remove_tree
from composelib.task import Task

UNKNOWN_SECONDS = 1.0
"""The duration assumed for a task that has never run."""


class Executor(Protocol):
    """What runs tasks: processes of this machine, or hosts of a cluster."""

    slots: int
    """How many tasks it runs at a time by default."""
    limits: Mapping[str, int]
    """How many tasks may share each resource at a time."""

    def check(self, programs: Iterable[str]) -> None:
        """Raise MachineError if tasks that use these programs would not do the same everywhere."""

    def start(self, name: str, task: Task, log: Path) -> None:
        """Start a task. Raise OSError or ComposeError if it cannot be started."""

    def wait(self) -> Iterator[Ended]:
        """Yield the tasks that have ended, waiting a little if there are none."""

    def end_all(self) -> None:
        """End all running tasks."""


class Runner(DoitRunner):
    """doit's runner, which selects and records tasks, but with each task in a process of its own."""

    def __init__(
        self, state: State, report: Report, executor: Executor, *, slots: int, keep_going: bool, always: bool
    ) -> None:
        super().__init__(state, report, keep_going, always)
        self.executor = executor
        self.slots = slots
        self.prepare: Callable[[], None] | None = None
        """Called once, before the first task starts; an error it raises ends the run before anything has started."""
        self.running: dict[str, Any] = {}
        self.absent: set[Path] = set()
        """Outputs that failable tasks did not make."""
        self.moved = False
        """Whether an archive changed while a task read it."""
        self.statuses: set[int] = set()
        """The exit statuses of the failures."""
        self.listings: dict[str, Path] = {}
        """By the name of a task that finds further inputs of another one: the file that it lists them in."""

    def run_tasks(self, dispatcher: Any) -> None:
        """Run all that doit's dispatcher hands out, until everything is done or a failure stops the run."""
        queue = Queue({}, self.executor.limits)
        ours = filter(None, map(unwrap_task, dispatcher.tasks.values()))
        self.listings = {task.listed_by: task.listed_inputs for task in ours if task.listed_inputs}
        answers: deque[Any] = deque([None])
        try:
            while answers or queue or self.running:
                self.queue_ready(dispatcher, answers, queue)
                self.start_queued(queue, answers)
                if self.running:
                    answers.extend(self.collect(queue))
                    self.reporter.refresh()
                elif self._stop_running and not queue:
                    return
        finally:
            self.executor.end_all()

    def finish(self) -> int:
        """Return doit's result; leave the records open, because sweeping still uses them."""
        return int(self.final_result)

    def queue_ready(self, dispatcher: Any, answers: deque[Any], queue: Queue) -> None:
        """Ask the dispatcher for tasks until it has none ready, and queue those that have to run.

        `answers` are the ended nodes to report to the dispatcher; None only asks it for the next.
        """
        while answers and not self._stop_running:
            try:
                node = dispatcher.generator.send(answers.popleft())
            except StopIteration:
                answers.clear()
                return
            if node == "hold on":
                continue
            if self.select_task(node, dispatcher.tasks):
                queue.priority = queue.priority or self.measure_urgency(dispatcher.tasks)
                queue.add(node)
                answers.append(None)
            else:
                self.hand_on(node)
                answers.append(node)

    def measure_urgency(self, tasks: Mapping[str, Any]) -> dict[str, float]:
        """Return the urgency of all tasks, for which nothing has run yet; a run with nothing to do needs none."""
        return measure_urgency(tasks, lambda name: self.dep_manager.seconds(name) or UNKNOWN_SECONDS)

    def start_queued(self, queue: Queue, answers: deque[Any]) -> None:
        """Start queued tasks while there are slots; put those that fail to start into `answers`."""
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
        """Start a task; return whether it runs. A task that cannot be started is recorded as failed."""
        task: Task = node.task.meta["task"]
        if self.prepare:
            self.prepare()
            self.prepare = None
        self.reporter.record_start(node.task, self.dep_manager.why(node.task))
        try:
            self.dep_manager.begin(node.task)
            clear_paths(task.outputs)
            task = self.dep_manager.verify_first(node.task)
            self.executor.start(node.task.name, task, self.reporter.log(node.task))
        except (ComposeError, OSError) as error:
            self.record_end(node, describe_failure(error))
            return False
        self.running[node.task.name] = node
        return True

    def collect(self, queue: Queue) -> Iterator[Any]:
        """Wait, and yield the nodes whose tasks have ended."""
        for ended in self.executor.wait():
            node = self.running.pop(ended.name)
            queue.give_back(node)
            node.task.seconds = ended.seconds
            unmade = check_outputs(node.task.meta["task"])
            self.record_end(node, ended.failure or unmade or self.dep_manager.check_inputs(node.task))
            self.hand_on(node)
            yield node

    def hand_on(self, node: Any) -> None:
        """Let doit know what else the task needs whose further inputs an ended one has listed."""
        if node.task.name in self.listings:
            inputs = read_listed_inputs(self.listings[node.task.name])
            node.task.values = {"file_dep": list(map(str, inputs))}

    def record_end(self, node: Any, failure: TaskFailure | None) -> None:
        """Record and report how a task ended."""
        task: Task = node.task.meta["task"]
        if failure is not None:
            self.dep_manager.disbelieve_inputs(task)
        if failure is None:
            self.process_task_result(node, None)
        elif task.failable:
            self.go_without(node, failure)
        else:
            self.dep_manager.keep_members(task)
            remove_outputs(task.outputs)
            self.statuses.add(failure.status)
            self.reporter.record_failure(node.task, failure)
            self._handle_task_error(node, TaskFailed(failure.message))
            if failure.meets_all:
                self._stop_running = True
            if failure.moved:
                self.moved = self._stop_running = True  # what else it would make is of a state that is gone

    def go_without(self, node: Any, failure: TaskFailure | None) -> None:
        """Go on without a failable task's outputs; if `failure` is None, the task was skipped because an input is absent."""
        task: Task = node.task.meta["task"]
        self.dep_manager.keep_members(task)
        remove_outputs(task.outputs)
        self.dep_manager.remove(node.task.name)
        self.absent |= set(task.outputs)
        self.reporter.record_absence(node.task, failure)
        node.run_status = "successful"

    def select_task(self, node: Any, tasks: dict[str, Any]) -> bool:
        """Decide, as doit does, whether a task runs; skip it if a failable task did not make an input of it."""
        task = unwrap_task(node.task)
        if not (node.bad_deps or node.ignored_deps or self.dep_manager.status_is_ignore(node.task)):
            if task is None:  # a stage's group, whose tasks are done
                node.run_status = "up-to-date"
                return False
            if self.absent and self.absent.intersection((*list_inputs(task), *task.order_only)):
                self.go_without(node, None)
                return False
        return bool(super().select_task(node, tasks))

    def _handle_task_error(self, node: Any, base_fail: BaseFail) -> None:
        """Mark a failure; a task that could not start because another failed keeps its record, and so stays fresh.

        One that lacks an input is a failure as any other.
        """
        if isinstance(base_fail, UnmetDependency):
            node.run_status = "failure"
            self.reporter.record_skip(node.task, str(base_fail.message))
        elif isinstance(base_fail, DependencyError):
            missing = next(iter(find_missing_inputs(node.task.meta["task"])), "an input")
            self.record_end(node, TaskFailure(f"{missing} is not there", f"{node.task.name} needs it"))
        else:
            super()._handle_task_error(node, base_fail)


def check_outputs(task: Task) -> TaskFailure | None:
    """Return the failure of a task that succeeded without leaving a file for each output; None if all are there."""
    unmade = [str(path) for path in task.outputs if path.is_symlink() or not path.is_file()]
    if not unmade:
        return None
    return TaskFailure(f"it succeeded but did not make {', '.join(unmade)}", "see its log for the programs it ran")


def remove_outputs(outputs: tuple[Path, ...]) -> None:
    """Remove a failed task's outputs, so that no other task reads them."""
    clear_paths(outputs)
    for output in outputs:
        output.unlink(missing_ok=True)


def clear_paths(outputs: tuple[Path, ...]) -> None:
    """Remove links and folders from the paths where a task will write its files."""
    for output in outputs:
        if output.is_symlink():
            output.unlink()
        elif output.is_dir():
            remove_tree(output)
