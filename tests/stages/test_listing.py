"""What listing tasks loads: nothing that only a task needs when it runs."""

from __future__ import annotations

import subprocess
import sys

import pytest

STAGES = (
    *("compose_id", "createrepo", "epoch", "extra_files", "fetch", "gate", "gather", "inrelease", "key", "metadata"),
    *("pkgset", "release", "repoclosure", "report", "sbom"),
)
WORK = ("composelib.actions", "composelib.fetch", "composelib.tools", "composelib.archive.choose.closure", "jinja2")


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_loads_what_its_tasks_do_only_when_they_run(stage: str) -> None:
    program = f"import sys, composelib.stages.{stage}; print(*sys.modules)"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    loaded = [name for name in printed.split() if name.startswith(WORK)]
    assert not loaded
