"""Replaces doit's own records, for all of its commands; freshness.py decides what is fresh."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import doit.cmd_base
from doit.dependency import Dependency, DependencyStatus

from composelib.engine.child_process import TaskFailure
from composelib.engine.dates import hand_out_dates, remove_dates
from composelib.engine.freshness import (
    Seen,
    TaskRecord,
    explain_run,
    find_missing,
    find_missing_inputs,
    list_inputs,
    look_at,
)
from composelib.engine.lock import hold_lock
from composelib.engine.memory import hand_out, take_back
from composelib.engine.own_source import OwnSource
from composelib.engine.ownership import claim_folder
from composelib.engine.schedule import unwrap_task
from composelib.engine.state_db import Records
from composelib.engine.trees import is_released
from composelib.engine.verified_inputs import verify_first
from composelib.errors import ComposeError
from composelib.files import make_read_only
from composelib.model.compose import Compose
from composelib.task import Task


def warn(text: str) -> None:
    """Print a warning."""
    print(f"warning: {text}", file=sys.stderr)


class State(Dependency):
    """The records, with the methods that doit calls.

    A task's record is deleted, durably, before the task runs, and written, durably, after it has succeeded; so a record
    means that the outputs it names were made completely from the inputs it names.
    """

    compose: ClassVar[Compose | None] = None
    """The compose whose tasks these are."""

    def __init__(self, _backend: object, path: str, **_others: object) -> None:
        self.path = Path(path)
        self.root = self.path.parent
        self.warn: Callable[[str], None] = warn
        self.holding = ExitStack()
        self.is_held = False
        self.adopt = False
        """Whether the folder is taken over from a config that was moved."""
        self.at_start: dict[str, Seen] = {}
        self.sources: dict[frozenset[str], str] = {}
        self.tokens: dict[str, str | ComposeError] = {}
        self.announced: set[int] = set()
        """The identities of the tasks that may make what made.py has recorded."""

    @cached_property
    def records(self) -> Records:
        """The records, read when first used."""
        records = Records(self.path, self.warn)
        records.read()
        return records

    @cached_property
    def own_source(self) -> OwnSource:
        """The program's modules, read when first used."""
        return OwnSource(self.records.digests)

    def hold(self) -> None:
        """Take the lock until close(). Raise ConfigError if the folder is not ours, MachineError if another process has it."""
        if not self.is_held:
            if self.compose:
                claim_folder(self.compose, adopt=self.adopt)
            self.holding.enter_context(hold_lock(self.root / "lock", self.root / "work" / "tmp"))
            self.is_held = True

    def writable(self) -> Records:
        """Return the records for writing, with the lock taken."""
        self.hold()
        return self.records

    def close(self) -> None:
        """Write the new digests, close the file and release the lock."""
        with self.holding:
            if self.is_held:
                self.records.remember_digests()
                self.records.close()
        self.is_held = False

    # for all commands

    def see(self, task: Any) -> Seen:
        """Look at all that decides a doit task's result. Raise ComposeError if the task's probe fails."""
        ours: Task = task.meta["task"]
        return look_at(ours, self.source_of(task), self.probe(task.name, ours), self.records.digests)

    def source_of(self, task: Any) -> str:
        """Return the digest of a task's own source, as it was when first read: that is the code that runs.

        It covers the module of its stage and that of the function it runs, which the stage may have loaded by name.
        """
        modules = frozenset({task.meta["module"], task.meta["task"].run.func.__module__})
        if modules not in self.sources:
            self.sources[modules] = self.records.name_source(self.own_source.describe(*modules))
        return self.sources[modules]

    def probe(self, name: str, ours: Task) -> str:
        """Return the token of a task's probe, which is called once in a run. Raise ComposeError if it fails."""
        if ours.probe is None:
            return ""
        if name not in self.tokens:
            try:
                self.tokens[name] = ours.probe()
            except ComposeError as error:
                self.tokens[name] = error
        token = self.tokens[name]
        if isinstance(token, ComposeError):
            raise token
        return token

    def why(self, task: Any, unsettled: Collection[str] = ()) -> list[str]:
        """Return the reasons why a doit task has to run; none if it is fresh, `unsettled` inputs aside."""
        try:
            current = self.see(task)
        except ComposeError as error:
            return [f"its outside state could not be checked: {error}"]
        record = self.records.tasks.get(task.name)
        return explain_run(
            task.meta["task"],
            record,
            current,
            self.records.digests,
            self.records.sources,
            self.records.trees,
            unsettled,
        )

    def seconds(self, name: str) -> float:
        """Return the seconds that a task took last time, 0 if it has never run."""
        record = self.records.tasks.get(name)
        return record.seconds if record else 0.0

    # for our runner

    def announce(self, tasks: Iterable[Task]) -> None:
        """Record what tasks may make, durably, before they run."""
        from composelib.engine import made  # noqa: PLC0415 - only if anything runs

        tasks = tuple(tasks)
        made.note_tasks(self.writable(), self.root, tasks)
        self.announced.update(id(task) for task in tasks)

    def keep_members(self, task: Task) -> None:
        """Record what a task has made that failed, before its tree lists are removed."""
        from composelib.engine import made  # noqa: PLC0415 - only if anything runs

        made.note_members(self.records, task)

    def begin(self, task: Any) -> None:
        """Remember what a task sees and delete its record, durably, before it runs."""
        if id(task.meta["task"]) not in self.announced:
            self.announce([task.meta["task"]])
        self.at_start[task.name] = self.see(task)
        self.writable().remove(task.name)
        hand_out(self.records, task)
        hand_out_dates(self.records, task.meta["task"])

    def verify_first(self, task: Any) -> Task:
        """Return our task in a form that first reads the inputs that were only believed."""
        return verify_first(unwrap_task(task) or task, self.at_start[task.name].inputs, self.records.digests)

    def disbelieve_inputs(self, task: Task) -> None:
        """Forget the digests of the inputs of a task that failed: it may have failed because of them."""
        for path in (*list_inputs(task), *task.optional):
            self.records.digests.forget(str(path))

    def check_inputs(self, task: Any) -> TaskFailure | None:
        """Return the failure of a task whose inputs changed while it ran, as it is unknown which content it used; else None."""
        inputs = self.at_start[task.name].inputs
        changed = [path for path, digest in self.see(task).inputs.items() if inputs.get(path) != digest]
        if not changed:
            return None
        return TaskFailure(f"{changed[0]} changed while it was used", "run again once nothing changes it")

    # for doit

    def get_status(self, task: Any, tasks: Any = None, get_log: bool = False) -> DependencyStatus:  # noqa: ARG002
        """Return doit's status, `run`, `up-to-date` or, if an input is missing, `error`, with the reasons.

        A stage's group has to run if one of its tasks has to.
        """
        result = DependencyStatus(get_log=True)
        task.dep_changed = []
        ours = unwrap_task(task)
        if ours is None:
            if any(self.get_status(tasks[name], tasks).status != "up-to-date" for name in task.task_dep):
                result.add_reason("uptodate_false", "")
            return result
        reasons = self.why(task)
        for path in find_missing_inputs(ours) if reasons else find_missing(ours.order_only):
            result.add_reason("missing_file_dep", str(path), "error")
            result.error_reason = f"{path} is not there"
        if result.status != "error":
            for reason in reasons:
                result.add_reason("changed_file_dep", reason)
        return result

    def save_success(self, task: Any, result_hash: object = None) -> None:  # noqa: ARG002 - doit's signature
        """Record a task's outputs as they are now."""
        ours = unwrap_task(task)
        if ours is None:
            return
        if task.name in self.at_start:
            take_back(self.records, task)
            remove_dates(ours)
        seen = self.at_start.pop(task.name, None) or self.see(task)
        self.seal(ours)
        outputs = {str(path): self.records.digests.of_output(str(path)) or "" for path in ours.outputs}
        trees = {str(path): self.records.trees.of(path) or "" for path in ours.trees}
        seconds = getattr(task, "seconds", None) or self.seconds(task.name)
        self.writable().keep(task.name, TaskRecord(seen, outputs, trees, seconds, self.read_epoch(ours)))

    def read_epoch(self, ours: Task) -> str:
        """Return SOURCE_DATE_EPOCH if a task reads it; else an empty text."""
        path = self.compose.paths.epoch if self.compose else None
        return path.read_text() if path and path in ours.order_only else ""

    def seal(self, task: Task) -> None:
        """Make what a task has released read-only: nobody edits it by chance, and no other link to it either."""
        for path in task.outputs:
            if path.is_relative_to(self.root) and is_released(str(path.relative_to(self.root))):
                make_read_only(path)
        for listing in task.trees:
            self.records.trees.seal(listing)

    def remove(self, name: str) -> None:
        """Delete a record, and what is believed of the files that it names: they are read again."""
        if name in self.records.tasks:
            self.announce(())
        self.disbelieve(name)
        self.writable().remove(name)

    def disbelieve_all(self) -> None:
        """Forget the digests of all tasks' files."""
        for name in self.records.tasks:
            self.disbelieve(name)

    def disbelieve(self, name: str) -> None:
        """Forget the digests of a task's files."""
        record = self.records.tasks.get(name)
        if record is None:
            return
        for path in (*record.seen.inputs, *record.outputs):
            self.records.digests.forget(path)
        for listing in record.trees:
            self.records.trees.forget(listing)

    def remove_success(self, task: Any) -> None:
        """Delete a task's record."""
        self.remove(task.name)

    def remove_all(self) -> None:
        """Delete all records, and what is believed of the files that they name."""
        self.announce(())
        self.disbelieve_all()
        self.writable().remove_all()

    def ignore(self, task: Any) -> None:
        """Record that a task is to be skipped (`doit ignore`)."""
        self.writable().ignore(task.name)

    def status_is_ignore(self, task: Any) -> bool:
        """Return whether a task is to be skipped."""
        return task.name in self.records.ignored

    def get_values(self, _name: str) -> dict[str, Any]:
        """Return doit's saved values: none, because tasks exchange files."""
        return {}

    def get_result(self, _name: str) -> None:
        """Return doit's saved result: none."""


def install(compose: Compose) -> None:
    """Let all of doit's commands use this class for a compose (doit 0.37 takes its own from doit.cmd_base)."""
    State.compose = compose
    doit.cmd_base.Dependency = State
