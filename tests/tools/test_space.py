from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from composelib.errors import MachineError
from composelib.tools import space
from composelib.tools.run import ToolError, run
from tests.kit.small_disk import fill, logging_to, small_disk


@pytest.fixture(autouse=True)
def log(tmp_path: Path) -> Iterator[None]:
    """Let standard error go to a log, as in a task."""
    with logging_to(tmp_path / "log"):
        yield


def fail(words: str) -> None:
    run(["sh", "-c", 'echo "$1" >&2; exit 9', "sh", words])


@pytest.mark.parametrize(
    "words",
    [
        "tar: a: Cannot write: No space left on device",
        "min-free-space-percent '3%' would",
        "Image size 9s exceeds free space on media 4s",
    ],
)
def test_a_program_that_tells_of_a_full_disk_is_the_machines_fault(tmp_path: Path, words: str) -> None:
    disk = space.find_mount(tmp_path)
    with pytest.raises(MachineError, match=rf"^{disk}: No space left on device; make room on that"):
        fail(words)


def test_any_other_failure_stays_what_it_is() -> None:
    with pytest.raises(ToolError, match="exit status 9"):
        fail("no such file")


def test_what_was_said_before_is_no_reason() -> None:
    with pytest.raises(MachineError):
        fail("No space left on device")
    with pytest.raises(ToolError):
        fail("no such file")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")
def test_a_disk_so_full_that_nothing_could_be_said_is_the_machines_fault(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, logging_to(disk / "log"):
        with pytest.raises(ToolError):
            fail("a failure")
        fill(disk)
        with pytest.raises(MachineError, match=f"^{disk}: No space left"):
            fail("words that find no room")


def test_without_a_log_nothing_is_guessed() -> None:
    done = subprocess.run(
        [
            shutil.which("python3") or "",
            "-c",
            "from composelib.tools import space; space.check_space(space.measure_log())",
        ],
        check=True,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert done.stderr == b""
