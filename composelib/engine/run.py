"""`doit run`: makes what is asked for, safely."""

from __future__ import annotations

import difflib
import fnmatch
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from doit.cmd_base import DoitCmdBase
from doit.cmd_run import opt_always, opt_continue, opt_num_process
from doit.control import TaskControl
from doit.exceptions import InvalidCommand

from composelib.engine.lock import held
from composelib.engine.report import Report
from composelib.engine.runner import Runner
from composelib.engine.sweep import sweep
from composelib.engine.worker import OWN_BUG
from composelib.engine.workers import Workers
from composelib.errors import ComposeError, ConfigError
from composelib.model import Compose

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class InterruptedRunError(BaseException):
    """A signal asked the run to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Run(DoitCmdBase):
    """Makes the tasks named, or all, and what they need."""

    name = "run"
    doc_purpose = "make the compose, or the tasks and targets named and what they need"
    doc_usage = "[TASK|TARGET ...]"
    doc_description = (
        "Exit status: 0 done, 1 a task failed, 2 config or call wrong, 3 machine, 4 trust, 70 own bug, 130 interrupted."
    )
    execute_tasks = True
    cmd_options = (
        opt_always,
        opt_continue,
        opt_num_process | {"help": "tasks at a time [default: one for each processor]"},
    )

    def execute(self, params: Any, args: list[str]) -> int:
        """Load the tasks and run them; gives the exit status."""
        try:
            return int(super().execute(params, args))
        except ComposeError as error:
            print(f"error: {error}", file=sys.stderr)
            return error.status
        except InvalidCommand as error:
            print(f"error: {error}", file=sys.stderr)
            return ConfigError.status
        except Exception as error:  # noqa: BLE001 - the user gets a line, whatever it is
            traceback.print_exc()
            print(
                f"error: internal error: {type(error).__name__}: {error}; this is a bug, please report it",
                file=sys.stderr,
            )
            return OWN_BUG

    def _execute(self, num_process: int = 0, always: bool = False, continue_: bool = False) -> int:
        """Run the selected tasks; doit finds the parameters by their names."""
        compose = self.loader.namespace["compose"]
        control = TaskControl(self.task_list)
        control.process(known(self.sel_tasks, control))
        slots = num_process or os.cpu_count() or 1
        state = self.dep_manager
        report = Report(
            compose,
            sys.stdout,
            lambda name: state.records[name].seconds if name in state.records else 0.0,
            again(compose),
            slots,
        )
        with interruptible(), held(compose.root / "lock") as lock:
            os.set_inheritable(lock, True)
            executor = Workers(compose.work("tmp"), report.progress)
            runner = Runner(state, report, executor, slots=slots, keep_going=continue_, always=always)
            return self.carry_out(compose, runner, control, report)

    def carry_out(self, compose: Compose, runner: Runner, control: Any, report: Report) -> int:
        """Run, and whatever happens let STATUS and run.json tell the truth; gives the exit status."""
        state = self.dep_manager
        try:
            runner.run_all(control.task_dispatcher())
            gone = state.records.keys() - control.tasks.keys()
            if not runner.statuses and self.sel_default_tasks and (gone or report.ran()):
                sweep(compose, control.tasks, state)
        except (InterruptedRunError, BrokenPipeError) as end:
            number = end.number if isinstance(end, InterruptedRunError) else signal.SIGINT
            conclude_quietly(report, number)
            return 128 + number
        finally:
            state.close()
        report.conclude(status(runner, report, complete=self.sel_default_tasks), max(runner.statuses, default=0))
        return max(runner.statuses, default=0)


def again(compose: Compose) -> str:
    """Give the command that runs a task of this compose again."""
    return f"doit compose={compose.name}" if compose.name != "demo" else "doit"


def known(selected: list[str] | None, control: Any) -> list[str] | None:
    """Give the selection back if each of its names and wildcards means a task or target.

    Raises ConfigError naming those that mean nothing, with what may have been meant.
    """
    names = [*control.tasks, *control.targets]
    for wanted in selected or []:
        if wanted in names or wanted in control.targets or ("*" in wanted and fnmatch.filter(control.tasks, wanted)):
            continue
        close = difflib.get_close_matches(wanted, names, 1, 0.5)
        hint = f"did you mean '{close[0]}'?" if close else "see `doit list --all`"
        raise ConfigError(f"{wanted}: no task or target {'matches' if '*' in wanted else 'of that name'}", hint)
    return selected


def status(runner: Runner, report: Report, *, complete: bool) -> str:
    """Give the compose's status in a word, computed from what became of its tasks."""
    states = {entry.state for entry in report.entries.values()}
    if runner.statuses:
        return "DOOMED"
    if not complete and report.ran():
        return "STARTED"
    return "FINISHED_INCOMPLETE" if "failed-failable" in states else "FINISHED"


@contextmanager
def interruptible() -> Iterator[None]:
    """Let signals that ask to end raise InterruptedRunError once; further ones are ignored, the end is under way."""

    def interrupt(number: int, _frame: FrameType | None) -> NoReturn:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise InterruptedRunError(number)

    before = {number: signal.signal(number, interrupt) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def conclude_quietly(report: Report, number: int) -> None:
    """Note that the run was ended from outside, even if nobody reads its output any more."""
    try:
        report.conclude("TERMINATED", 128 + number)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - so that Python's exit finds nothing to flush
