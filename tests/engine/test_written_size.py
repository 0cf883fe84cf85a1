"""How much a running task has written is seen beside its outputs."""

from __future__ import annotations

import os
from pathlib import Path

from composelib.engine.written_size import ENOUGH, describe_written
from composelib.files import written_aside


def test_the_growing_file_is_measured_beside_what_it_was_last_time(tmp_path: Path) -> None:
    outputs = (tmp_path / "disk.raw", tmp_path / "disk.json")
    assert describe_written(outputs) == ""
    with written_aside(outputs[0]) as aside:
        aside.touch()
        os.truncate(aside, ENOUGH)
        assert describe_written(outputs) == "10.0 MB written"
    with written_aside(outputs[0]) as aside:
        aside.touch()
        os.truncate(aside, ENOUGH)
        assert describe_written((outputs[0],)) == "10.0 MB written"
        os.truncate(outputs[0], 3 * ENOUGH)
        assert describe_written(outputs) == "10.0 MB of about 30.0 MB written"
