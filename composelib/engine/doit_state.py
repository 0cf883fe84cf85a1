"""Stands in for doit's own records, for all of its commands: what is fresh is decided in freshness.py."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any

import doit.cmd_base
from doit.dependency import Dependency, DependencyStatus

from composelib.engine.child_process import Failure
from composelib.engine.digests import tree_digest
from composelib.engine.freshness import Record, Seen, missing_inputs, reasons, see
from composelib.engine.lock import held
from composelib.engine.own_source import OwnSource
from composelib.engine.schedule import task_of
from composelib.engine.state_db import Records
from composelib.errors import ComposeError
from composelib.task import Task


def warn(text: str) -> None:
    """Write a warning for the user."""
    print(f"warning: {text}", file=sys.stderr)


class State(Dependency):
    """What doit asks of its records.

    A task's record is deleted, on disk, before the task runs, and written, on disk, when it has run well; so a record
    means that the outputs it names were made whole from what it names.
    """

    def __init__(self, _backend: object, path: str, **_others: object) -> None:
        self.path = Path(path)
        self.root = self.path.parent
        self.warn: Callable[[str], None] = warn
        self.holding = ExitStack()
        self.is_held = False
        self.begun: dict[str, Seen] = {}
        self.sources: dict[frozenset[str], str] = {}
        self.tokens: dict[str, str | ComposeError] = {}

    @cached_property
    def records(self) -> Records:
        """The records, read when first asked for."""
        records = Records(self.path, self.warn)
        records.read()
        return records

    @cached_property
    def own_source(self) -> OwnSource:
        """The program's modules, looked at when first asked for."""
        return OwnSource(self.records.digests)

    def hold(self) -> None:
        """Be the one who writes here until close(); raises MachineError if another process is at work."""
        if not self.is_held:
            self.holding.enter_context(held(self.root / "lock", self.root / "work" / "tmp"))
            self.is_held = True

    def writable(self) -> Records:
        """Give the records to somebody who writes."""
        self.hold()
        return self.records

    def close(self) -> None:
        """Write what is still to be remembered and let go of the file and the lock."""
        with self.holding:
            if self.is_held:
                self.records.remember_digests()
                self.records.close()
        self.is_held = False

    # what a task sees

    def see(self, task: Any) -> Seen:
        """Look at all that decides a doit task's result.

        Raises ComposeError if the outside world does not answer the task's probe.
        """
        ours: Task = task.meta["task"]
        return see(ours, self.source_of(task), self.token(task.name, ours), self.records.digests)

    def source_of(self, task: Any) -> str:
        """Return the digest of a task's own source, as that was when first asked for: that is the code that runs.

        It is that of its stage's module and of the module of the function that it runs, which its stage may load by name.
        """
        modules = frozenset({task.meta["module"], task.meta["task"].run.func.__module__})
        if modules not in self.sources:
            self.sources[modules] = self.records.name_source(self.own_source.describe(*modules))
        return self.sources[modules]

    def token(self, name: str, ours: Task) -> str:
        """Ask a task's probe, once in a run."""
        if ours.probe is None:
            return ""
        if name not in self.tokens:
            try:
                self.tokens[name] = ours.probe()
            except ComposeError as error:
                self.tokens[name] = error
        answer = self.tokens[name]
        if isinstance(answer, ComposeError):
            raise answer
        return answer

    def why(self, task: Any, unsettled: Collection[str] = ()) -> list[str]:
        """Say why a doit task has to run; nothing if it is fresh, as far as that hangs on settled inputs."""
        try:
            now = self.see(task)
        except ComposeError as error:
            return [f"its state could not be asked: {error}"]
        record = self.records.tasks.get(task.name)
        return reasons(task.meta["task"], record, now, self.records.digests, self.records.sources, self.root, unsettled)

    def seconds(self, name: str) -> float:
        """Give the seconds that a task took last time; one that was never run counts as quick."""
        record = self.records.tasks.get(name)
        return record.seconds if record else 0.0

    # what our runner does

    def begin(self, task: Any) -> None:
        """Note what a task sees and delete its record, durably, before it runs."""
        self.begun[task.name] = self.see(task)
        self.writable().remove(task.name)

    def disturbed(self, task: Any) -> Failure | None:
        """Give the failure of a task whose inputs changed while it ran: nobody knows which of them it used."""
        before = self.begun[task.name]
        now = self.see(task)
        changed = [path for path, digest in now.inputs.items() if before.inputs.get(path) != digest]
        return (
            Failure(f"{changed[0]} changed while it was used", "run again when it stays as it is") if changed else None
        )

    # what doit asks

    def get_status(self, task: Any, tasks: Any = None, get_log: bool = False) -> DependencyStatus:  # noqa: ARG002
        """Give doit's answer: `run`, `up-to-date` or, where an input is not there, `error`; reasons as texts.

        A stage's group has to run if one of its tasks has.
        """
        result = DependencyStatus(get_log=True)
        task.dep_changed = []
        ours = task_of(task)
        if ours is None:
            if any(self.get_status(tasks[name], tasks).status != "up-to-date" for name in task.task_dep):
                result.add_reason("uptodate_false", "")
            return result
        for path in missing_inputs(ours):
            result.add_reason("missing_file_dep", str(path), "error")
            result.error_reason = f"{path} is not there"
        if result.status != "error":
            for reason in self.why(task):
                result.add_reason("changed_file_dep", reason)
        return result

    def save_success(self, task: Any, result_hash: object = None) -> None:  # noqa: ARG002 - doit's signature
        """Record that a task's outputs are right as they are."""
        ours = task_of(task)
        if ours is None:
            return
        seen = self.begun.pop(task.name, None) or self.see(task)
        outputs = {str(path): self.records.digests.of_output(str(path)) or "" for path in ours.outputs}
        trees = {str(path): tree_digest(self.root, path) or "" for path in ours.trees}
        seconds = getattr(task, "seconds", None) or self.seconds(task.name)
        self.writable().keep(task.name, Record(seen, outputs, trees, seconds))

    def remove(self, name: str) -> None:
        """Delete a record."""
        self.writable().remove(name)

    def remove_success(self, task: Any) -> None:
        """Delete a task's record."""
        self.remove(task.name)

    def remove_all(self) -> None:
        """Delete all records."""
        self.writable().remove_all()

    def ignore(self, task: Any) -> None:
        """Note that a task is to be left out (`doit ignore`)."""
        self.writable().ignore(task.name)

    def status_is_ignore(self, task: Any) -> bool:
        """Tell whether a task is to be left out."""
        return task.name in self.records.ignored

    def get_values(self, _name: str) -> dict[str, Any]:
        """Give doit's saved values: there are none, tasks meet in files."""
        return {}

    def get_result(self, _name: str) -> None:
        """Give doit's saved result: there is none."""
        return


def install() -> None:
    """Let all of doit's commands use this state (doit names its own class in doit.cmd_base, version 0.37)."""
    doit.cmd_base.Dependency = State
