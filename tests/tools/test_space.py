from __future__ import annotations

from pathlib import Path

import pytest

from composelib.errors import MachineError
from composelib.tools.run import ToolError, run
from composelib.tools.space import needed

pytestmark = pytest.mark.usefixtures("capfd")  # standard error is a file, as it is in a task


def fail(words: str) -> None:
    run(["sh", "-c", 'echo "$1" >&2; exit 9', "sh", words])


@pytest.mark.parametrize(
    "words", ["tar: a: Cannot write: No space left on device", "min-free-space-percent '3%' would"]
)
def test_a_program_that_tells_of_a_full_disk_is_the_machines_fault(tmp_path: Path, words: str) -> None:
    with (
        pytest.raises(MachineError, match=rf"^{tmp_path}: No space left on device; make room on that"),
        needed(tmp_path),
    ):
        fail(words)


def test_any_other_failure_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="exit status 9"), needed(tmp_path):
        fail("no such file")


def test_what_was_said_before_is_no_reason(tmp_path: Path) -> None:
    with pytest.raises(ToolError):
        fail("No space left on device")
    with pytest.raises(ToolError), needed(tmp_path):
        fail("no such file")
