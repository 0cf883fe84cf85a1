"""The compose that the command line names, as doit's tasks; loaded once in a process."""

import sys
from collections.abc import Iterator
from typing import Any

from composelib.commands.shared.command_line import exit_on_error, load_current_compose
from composelib.engine.doit_state import install
from composelib.stages import stages
from composelib.task import as_doit, as_doit_group
from composelib.text.escape import escape_stream

__all__ = ["DOIT_CONFIG", "compose", "task_compose"]

sys.stdout, sys.stderr = escape_stream(sys.stdout), escape_stream(sys.stderr)
compose = exit_on_error(load_current_compose)
install(compose)
DOIT_CONFIG = {"dep_file": str(compose.paths.root / "state.sqlite"), "verbosity": 0}


def task_compose() -> Iterator[dict[str, Any]]:
    """Yield every stage's tasks."""
    for stage in stages(compose):
        yield as_doit_group(stage)
        yield from (as_doit(stage, task) for task in stage.tasks)
