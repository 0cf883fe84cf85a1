from __future__ import annotations

from composelib.tools import binfmt
from composelib.tools.run import run


def test_this_machine_runs_programs_of_its_own_arch() -> None:
    native = run(binfmt.print_native_arch(), capture=True).stdout.decode().strip()
    assert run(binfmt.test_arch(native), ok=(0, 1)).returncode == 0
