from __future__ import annotations

import os
from pathlib import Path

import pytest

from composelib.tools import unshare
from composelib.tools.run import run

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")


def test_a_program_apart_is_the_first_of_its_processes_and_its_mounts_are_its_own(tmp_path: Path) -> None:
    script = 'mount -t tmpfs none "$1" && touch "$1/inside" && echo $$'
    assert run(unshare.isolate(["sh", "-c", script, "sh", str(tmp_path)]), capture=True).stdout == b"1\n"
    assert not list(tmp_path.iterdir())


def test_a_program_within_a_root_sees_that_root_and_its_own_processes() -> None:
    printed = run(
        unshare.isolate_in_root(Path("/"), ["sh", "-c", "pwd; ls -d /proc/[0-9]* | wc -l"]), capture=True
    ).stdout
    folder, processes = printed.split()
    assert folder == b"/"
    assert int(processes) < 6
