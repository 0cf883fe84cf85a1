from __future__ import annotations

from pathlib import Path

from composelib.tools import diffoscope


def test_a_report_is_written_as_text() -> None:
    command = diffoscope.compare_files(Path("/a"), Path("/b"), Path("/report"))
    assert command == ["diffoscope", "--no-progress", "--text", "/report", "/a", "/b"]
