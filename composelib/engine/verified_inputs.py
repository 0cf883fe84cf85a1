"""Inputs that were read long ago are read again before a task uses them: rot that no field of an inode shows is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from composelib.engine.digests import Digests, hash_content
from composelib.errors import TrustError
from composelib.task import Task


def verify_first(task: Task, inputs: Mapping[str, str | None], digests: Digests) -> Task:
    """Return a task that first checks those inputs that this process has only believed, not read."""
    believed = {path: digest for path, digest in inputs.items() if digest and path not in digests.read}
    return replace(task, run=partial(run_verified, believed, task.run)) if believed else task


def run_verified(inputs: Mapping[str, str], run: partial[None]) -> None:
    """Run a task's work once its inputs are what they were. Raise TrustError naming the first that is not."""
    for path, digest in inputs.items():
        if hash_content(path) != digest:
            raise TrustError(
                f"{path}: its bytes changed though nobody wrote to it: the disk may be failing", "run again"
            )
    run()
