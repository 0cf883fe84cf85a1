"""`doit run`: makes what is asked for, safely."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import doit.doit_cmd
from doit.cmd_base import DoitCmdBase
from doit.cmd_run import opt_always, opt_continue, opt_num_process, opt_single

from composelib.engine.doit_runner import Executor, Runner
from composelib.engine.doit_state import State
from composelib.engine.exit_status import (
    INTERRUPTED,
    InterruptedRunError,
    ManyError,
    exit_status,
    have_standard_files,
    helped,
    interruptible,
)
from composelib.engine.local_executor import Workers
from composelib.engine.notify import notifier
from composelib.engine.plan import steps
from composelib.engine.report import Report
from composelib.engine.screen import Screen
from composelib.engine.selection import selected_control
from composelib.engine.sweep import sweep, unlink_folders
from composelib.errors import ConfigError
from composelib.model.compose import Compose

DONE = ("FINISHED", "FINISHED_INCOMPLETE")


class Run(DoitCmdBase):
    """Makes the tasks named, or all, and what they need."""

    name = "run"
    doc_purpose = "make the compose, or the tasks and targets named, and what they need"
    doc_usage = "[TASK|TARGET ...]"
    doc_description = (
        "Exit status: 0 done, 1 a task failed, 2 config or call wrong, 3 machine, 4 trust, 70 own bug, "
        "130, 143, 129 interrupted."
    )
    execute_tasks = True
    cmd_options = (
        opt_always | {"help": "run the tasks even if they are up to date"},
        opt_continue | {"help": "after a failure, go on with what does not need what failed"},
        opt_num_process | {"help": "tasks at a time [default: one for each processor]"},
        opt_single | {"help": "only the tasks named, not what they need"},
        {
            "name": "cluster",
            "long": "cluster",
            "type": str,
            "default": "",
            "help": "run the tasks on the Dask cluster at tcp://HOST:PORT, whose hosts share these files",
        },
    )

    def parse_execute(self, in_args: list[str]) -> int:
        """Load the tasks and run them; gives the exit status."""
        if helped(self, in_args):
            return 0
        have_standard_files()
        with interruptible():
            return exit_status(lambda: super(Run, self).parse_execute(in_args), self.crash_log)

    def crash_log(self) -> Path | None:
        """Give the file for the traceback of a bug of ours, if a compose is loaded."""
        compose: Compose | None = (self.loader.namespace or {}).get("compose")
        return compose.paths.root / "logs" / "doit.log" if compose else None

    def _execute(self, num_process: int, always: bool, continue_: bool, single: bool, cluster: str) -> int:
        """Run the selected tasks; doit finds the parameters by their names."""
        if num_process < 0:
            raise ConfigError(f"-n {num_process}: is a number of tasks", "-n 1 runs one at a time")
        compose: Compose = self.loader.namespace["compose"]
        control = selected_control(self.task_list, self.sel_tasks, self.loader.cmd_names, compose.selection)
        if single:
            alone(control)
        os.umask(0o022)
        screen = Screen(sys.stdout)
        state = self.dep_manager
        state.warn = screen.warn
        report = Report(compose, screen, state.seconds, notifier(compose.notify, screen.warn), again())
        state.hold()
        executor = executor_at(cluster, compose.paths.work("tmp"), report)
        report.slots = num_process or executor.slots
        runner = Runner(state, report, executor, slots=report.slots, keep_going=continue_, always=always)
        runner.prepare = partial(look_ahead, compose, control, runner)
        return self.carry_out(compose, runner, control, report)

    def carry_out(self, compose: Compose, runner: Runner, control: Any, report: Report) -> int:
        """Run, and whatever happens let STATUS and run.json tell the truth; gives the exit status."""
        state = self.dep_manager
        complete = self.sel_default_tasks and not compose.selection
        try:
            unswept = report.status() not in DONE
            runner.run_all(control.task_dispatcher())
            result = max(runner.statuses, default=0)
            gone = state.records.tasks.keys() - control.tasks.keys()
            if not result and complete and (gone or unswept or report.ran()):
                sweep(compose, control.tasks, state.records)
            report.conclude(status(runner, report, complete=complete), result)
        except BaseException as end:  # noqa: BLE001 - it is raised again, or a signal
            return terminated(report, end)
        finally:
            state.close()
        return result


def executor_at(cluster: str, scratch: Path, report: Report) -> Executor:
    """Give what runs the tasks: the cluster at an address, or processes of this machine."""
    if not cluster:
        return Workers(scratch, report.progress)
    from composelib.engine.dask_executor import Cluster  # noqa: PLC0415 - an extra, and slow to load

    return Cluster(cluster, scratch)


def look_ahead(compose: Compose, control: Any, runner: Runner) -> None:
    """Raise all that stands in the way of the tasks that may run now, before the first of them starts.

    If nothing does, nothing in the tree leads out of it from then on.
    """
    from composelib.preflight import problems  # noqa: PLC0415 - a run that finds all fresh needs none of it

    state: State = runner.dep_manager
    ahead = steps(control.tasks, control.selected_tasks, state)
    names = [step.name for step in ahead if step.runs or runner.always_execute]
    wanted = [control.tasks[name].meta["task"] for name in names]
    found = problems(compose, wanted)
    if found:
        state.records.digests.changed.clear()
        raise ManyError(found)
    unlink_folders(compose.paths.tree)
    runner.executor.check(program for task in wanted for program in task.tools)


def alone(control: Any) -> None:
    """Let the selected tasks, and those of selected stages, need no other task."""
    for name in control.selected_tasks:
        task = control.tasks[name]
        for one in [control.tasks[part] for part in task.task_dep] if task.has_subtask else [task]:
            one.task_dep = []


def again() -> str:
    """Give the command that runs a task of this compose again, the task's name put after it."""
    variables = doit.doit_cmd._CMDLINE_VARS or {}  # noqa: SLF001 - doit has no other way to ask
    return shlex.join(["doit", *(f"{name}={value}" for name, value in variables.items())])


def status(runner: Runner, report: Report, *, complete: bool) -> str:
    """Give the compose's status in a word, computed from what became of its tasks; empty if it stays as it was."""
    if runner.statuses:
        return "DOOMED"
    if not complete:
        return "STARTED" if report.ran() else ""
    return "FINISHED_INCOMPLETE" if report.counts["failed-failable"] or report.counts["skipped"] else "FINISHED"


def terminated(report: Report, end: BaseException) -> int:
    """Note that the run did not come to its own end, as far as that can still be noted; gives the exit status.

    Raises `end` again if nothing from outside ended the run.
    """
    number = end.number if isinstance(end, InterruptedRunError) else signal.SIGINT
    if report.ran():
        with suppress(OSError):
            report.conclude("TERMINATED", INTERRUPTED + number)
    if not isinstance(end, (InterruptedRunError, BrokenPipeError)):
        raise end
    return INTERRUPTED + number
