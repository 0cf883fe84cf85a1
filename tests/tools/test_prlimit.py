"""Programs with limits."""

from __future__ import annotations

import subprocess

from composelib.tools import prlimit


def test_a_program_is_started_with_limits_on_each_of_its_processes() -> None:
    script = "ulimit -c; ulimit -f; ulimit -d"
    command = prlimit.limit(["sh", "-c", script], processes=4000, memory=1 << 30, file_size=1 << 20)
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["0", "2048", "1048576"]
