"""`doit run`: makes the compose, and leaves it in a state from which the next run can go on."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from composelib.engine.doit_commands import ALWAYS, SINGLE, SLOTS, TaskCommand
from composelib.engine.doit_runner import Executor, Runner
from composelib.engine.doit_selection import select_alone, select_tasks
from composelib.engine.doit_state import State
from composelib.engine.doit_variables import command_line_variables
from composelib.engine.exit_status import (
    INTERRUPTED,
    InterruptedRunError,
    ManyError,
    interruptible,
    run_action,
)
from composelib.engine.local_executor import Workers, count_processors, measure_memory
from composelib.engine.memory import STATUS, recall
from composelib.engine.notify import make_notifier
from composelib.engine.plan import plan_steps
from composelib.engine.report import Report
from composelib.engine.schedule import size_pools
from composelib.engine.screen import Screen
from composelib.engine.seals import check_published
from composelib.engine.sweep import check_obstacles, find_strays, format_foreign, sweep
from composelib.engine.views.lines import LineView
from composelib.engine.views.terminal import TerminalView
from composelib.engine.views.view import View
from composelib.errors import ConfigError, MachineError, TrustError
from composelib.model.compose import Compose
from composelib.model.limits import Limits
from composelib.program import PROGRAM, START
from composelib.text.escape import escape

ANEW = "DEB_COMPOSE_BEGUN_ANEW"
"""Set in the environment of a run that began anew because an archive had changed: it does so once."""
MAX_PROBLEMS = 20  # lines about published trees
FINISHED = ("FINISHED", "FINISHED_INCOMPLETE")


class Run(TaskCommand):
    """Makes the tasks named, or all, and what they need."""

    name = "run"
    doc_purpose = "make the compose, or the tasks and targets named, and what they need"
    doc_usage = "[TASK|TARGET ...]"
    doc_description = (
        "Exit status: 0 done, 1 a task failed, 2 config or call wrong, 3 machine, 4 trust, 70 a bug of ours, "
        "130, 143, 129 interrupted."
    )
    execute_tasks = True
    begins_anew = False
    """Whether the same command has to run again, as an archive changed while a task read it."""
    cmd_options = (
        ALWAYS,
        SLOTS,
        SINGLE,
        {
            "name": "stop",
            "long": "stop",
            "type": bool,
            "default": False,
            "help": "after a failure, start nothing more [default: go on with what does not need the failed task]",
        },
        {
            "name": "quiet",
            "short": "q",
            "long": "quiet",
            "type": bool,
            "default": False,
            "help": "show only failures, warnings and the closing line",
        },
        {
            "name": "verbose",
            "short": "v",
            "long": "verbose",
            "type": bool,
            "default": False,
            "help": "show why each task runs",
        },
        {
            "name": "json",
            "long": "json",
            "type": bool,
            "default": False,
            "help": "write an event a line, as JSON, for programs",
        },
        {
            "name": "cluster",
            "long": "cluster",
            "type": str,
            "default": "",
            "help": "run the tasks on the Dask cluster at tls://HOST:PORT, whose hosts share these files, or local:N",
        },
        {
            "name": "insecure",
            "long": "cluster-insecure",
            "type": bool,
            "default": False,
            "help": "accept a cluster without TLS (tcp://HOST:PORT): anybody who reaches it can run programs there",
        },
        {
            "name": "adopt",
            "long": "adopt",
            "type": bool,
            "default": False,
            "help": "take the compose's folder over from a config that was moved",
        },
    )

    def parse_execute(self, in_args: list[str]) -> int:
        """Load the tasks and run them; return the exit status."""
        with interruptible():
            status = super().parse_execute(in_args)
        return run_action(begin_anew) if self.begins_anew else status

    def find_crash_log(self) -> Path | None:
        """Return the file for the traceback of a bug of ours, if a compose is loaded."""
        compose: Compose | None = (self.loader.namespace or {}).get("compose")
        return compose.paths.root / "logs" / "doit.log" if compose else None

    def answer(self, options: Mapping[str, Any], words: list[str]) -> int:  # noqa: ARG002 - they chose the tasks
        """Run the selected tasks."""
        slots = options["process"]
        if slots < 0:
            raise ConfigError(f"-n {slots}: must not be negative", "-n 1 runs one task at a time")
        compose, state = self.compose, self.state
        control = select_tasks(self.task_list, self.sel_tasks, self.loader.cmd_names, compose.selection)
        if options["single"]:
            select_alone(control)
        os.umask(0o022)
        view = choose_view(options)
        state.warn = view.warn
        report = Report(
            compose,
            state.records,
            view,
            state.seconds,
            make_notifier(compose.notify, view.warn),
            format_repeat_command(),
        )
        state.adopt = options["adopt"]
        state.hold()
        if options["always"]:
            state.disbelieve_all()
        limit_downloads(compose.limits)
        executor = choose_executor(options["cluster"], compose, report, insecure=options["insecure"])
        report.slots = slots or executor.slots
        runner = Runner(
            state, report, executor, slots=report.slots, keep_going=not options["stop"], always=options["always"]
        )
        runner.prepare = partial(check_ahead, compose, control, runner)
        return self.carry_out(runner, control, report)

    def carry_out(self, runner: Runner, control: Any, report: Report) -> int:
        """Run the tasks, and record in STATUS and run.json how the run ended, even if interrupted; return the exit status."""
        compose, state = self.compose, self.state
        complete = self.sel_default_tasks and not compose.selection
        try:
            unswept = recall(state.records, STATUS) not in FINISHED
            strays = find_strays(compose, control.tasks, state.records, remembers=True)
            check_obstacles(compose, strays)
            runner.run_all(control.task_dispatcher())
            result = max(runner.statuses, default=0)
            gone = state.records.tasks.keys() - control.tasks.keys()
            if report.has_run():
                strays = find_strays(compose, control.tasks, state.records, remembers=True)
            if not result and complete and (gone or unswept or report.has_run() or strays.stale):
                strays = sweep(compose, control.tasks, state.records)
            if report.has_run():
                state.records.trees.refresh()
            for line in format_foreign(compose, strays):
                report.view.warn(line)
            if state.records.seals:
                result = max(result, report_published(compose, state, report))
            report.conclude(choose_status(runner, report, complete=complete), result)
        except BaseException as end:  # noqa: BLE001 - it is raised again, or a signal
            return conclude_interrupted(report, end)
        finally:
            state.close()
        if runner.moved and ANEW not in os.environ:
            self.begins_anew = True
            report.view.warn("an archive changed while it was read: the run begins anew")
        return result


def begin_anew() -> NoReturn:
    """Run the same command again in this process; that run does not do so. Raise MachineError if its folder is gone."""
    if START is None or not START.is_dir():
        raise MachineError("the working folder is gone, so the run cannot begin anew", "run it again in another folder")
    sys.stdout.flush()
    os.chdir(START)
    os.execve(sys.executable, sys.orig_argv, {**os.environ, ANEW: "1"})  # noqa: S606 - it is this program


def choose_view(options: Mapping[str, Any]) -> View:
    """Return what shows the run, by the options of the command line."""
    if options["json"]:
        from composelib.engine.views.json_lines import JsonView  # noqa: PLC0415 - only when asked for

        return JsonView(sys.stdout)
    screen = Screen(sys.stdout)
    if screen.live and not options["quiet"]:
        return TerminalView(screen, options["verbose"])
    return LineView(screen, options["verbose"], options["quiet"])


def report_published(compose: Compose, state: State, report: Report) -> int:
    """Check the published trees; name what was healed and what could not be. Return the exit status."""
    healed, problems = check_published(compose, state.records, thorough=report.has_run())
    for line in healed:
        report.view.warn(line)
    report.view.clear()
    if len(problems) > MAX_PROBLEMS:
        problems[MAX_PROBLEMS:] = [f"{len(problems) - MAX_PROBLEMS} more problems of {compose.paths.published}"]
    for line in problems:
        print(f"error: {escape(line)}", file=sys.stderr)
    return TrustError.status if problems else 0


def limit_downloads(limits: Limits | None) -> None:
    """Set how fast this process, and those that it forks, download."""
    if limits:
        from composelib.fetch.rate import DOWNLOADS  # noqa: PLC0415 - few configs have limits

        DOWNLOADS.limit(limits.download)


def choose_executor(cluster: str, compose: Compose, report: Report, *, insecure: bool) -> Executor:
    """Return what runs the tasks: the cluster at an address, or processes of this machine."""
    scratch = compose.paths.work("tmp")
    limits = size_pools(compose.jobs, count_processors(), measure_memory())
    if not cluster:
        return Workers(scratch, report.progress, limits=limits, jobs=compose.jobs)
    from composelib.engine.dask_executor import Cluster  # noqa: PLC0415 - an extra, and slow to load

    return Cluster(cluster, scratch, limits, insecure=insecure)


def check_ahead(compose: Compose, control: Any, runner: Runner) -> None:
    """Check, before the first task starts, the tasks that may run. Raise ManyError with each reason why they would fail.

    If there is none, record what they may make.
    """
    from composelib.preflight import find_problems  # noqa: PLC0415 - not needed if all tasks are fresh

    state: State = runner.dep_manager
    names = [
        step.name
        for step in plan_steps(control.tasks, control.selected_tasks, state)
        if step.runs or runner.always_execute
    ]
    tasks = [control.tasks[name].meta["task"] for name in names]
    errors = find_problems(compose, tasks)
    if errors:
        state.records.digests.changed.clear()
        state.records.trees.changed.clear()
        raise ManyError(errors)
    state.announce(tasks)
    runner.executor.check(program for task in tasks for program in task.tools)


def format_repeat_command() -> str:
    """Return the command that runs a task of this compose again once the task's name is appended."""
    return shlex.join([PROGRAM, *(f"{name}={value}" for name, value in command_line_variables().items())])


def choose_status(runner: Runner, report: Report, *, complete: bool) -> str:
    """Return the compose's STATUS, computed from what became of its tasks; empty if it stays as it was."""
    if runner.statuses:
        return "DOOMED"
    if not complete:
        return "STARTED" if report.has_run() else ""
    return "FINISHED_INCOMPLETE" if report.counts["failed-failable"] or report.counts["skipped"] else "FINISHED"


def conclude_interrupted(report: Report, end: BaseException) -> int:
    """Record the interrupted run in STATUS and run.json, best effort; return the exit status.

    Raise `end` again unless a signal or a closed pipe ended the run.
    """
    number = end.number if isinstance(end, InterruptedRunError) else signal.SIGINT
    if report.has_run():
        with suppress(OSError, MachineError):
            report.conclude("TERMINATED", INTERRUPTED + number)
    if not isinstance(end, (InterruptedRunError, BrokenPipeError)):
        raise end
    return INTERRUPTED + number
