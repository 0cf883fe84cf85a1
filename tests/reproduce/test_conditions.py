from __future__ import annotations

import os
import subprocess
from functools import partial
from pathlib import Path

import pytest

from composelib.engine.local_executor import Workers
from composelib.reproduce.conditions import Conditions, find_conditions, vary
from composelib.task import Task
from composelib.tools.run import run


def ask(path: Path) -> None:
    """Write what a task's programs see of user and date."""
    path.write_bytes(run(["sh", "-c", "id -un; date +%Y"], capture=True).stdout)


def do(folder: Path, stage: str, conditions: Conditions) -> list[str]:
    """Do a stage's task in conditions; return what its programs saw."""
    output = folder / "output"
    task = Task(name="x", doc="", run=partial(ask, output), inputs=(), outputs=(output,), uses={})
    varied = Task(name="x", doc="", run=vary(f"{stage}:x", task, conditions), inputs=(), outputs=(output,), uses={})
    workers = Workers(folder / "scratch", lambda _name, _text: None)
    workers.start("x", varied, folder / "log")
    while workers.running:
        for ended in workers.wait():
            assert ended.failure is None, (folder / "log").read_text()
    return output.read_text().split()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_task_runs_as_another_user_and_at_a_later_date_where_that_is_possible(tmp_path: Path) -> None:
    year = int(subprocess.run(["date", "+%Y"], capture_output=True, check=True).stdout)
    conditions = find_conditions()
    user, later = do(tmp_path, "release", conditions)
    assert user == "daemon"
    assert int(later) > year or not conditions.faketime
    assert do(tmp_path, "ostree_installer", conditions) == ["root", str(year)]


def test_what_cannot_be_varied_is_said(tmp_path: Path) -> None:
    varied, missing = Conditions("", other_user=False, faketime="").describe(2)
    assert varied == "varied      path, umask, locale, time zone, -n 2"
    assert missing == (
        "not varied  host name (needs root), user (needs root), a later date (needs the Debian package libfaketime)"
    )
    assert do(tmp_path, "release", Conditions("", other_user=False, faketime=""))[0] != "daemon"
