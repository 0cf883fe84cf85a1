"""Listing tasks loads what names them, and nothing that does the work.

Also covers: composelib.stages.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

WORK = ("composelib.actions", "composelib.archive.choose.c", "composelib.fetch", "composelib.tools.run")
"""Of archive.choose, `gather` plans with `order` and what that imports; the choosing itself is chooser and closure."""
STAGES_WITH_ACTIONS = sorted(path.stem for path in Path("composelib/actions").glob("[a-z]*.py"))


def load(name: str, loaded: set[str]) -> set[str]:
    """Return all modules that are loaded with a module, itself included; imports within functions load nothing yet."""
    file = Path(*name.split("."))
    path = next((path for path in (file.with_suffix(".py"), file / "__init__.py") if path.is_file()), None)
    if path is None or name in loaded:
        return loaded
    loaded.add(name)
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for imported in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                load(imported, loaded)
    return loaded


@pytest.mark.parametrize("stage", STAGES_WITH_ACTIONS)
def test_a_stage_with_actions_loads_no_work_while_tasks_are_listed(stage: str) -> None:
    assert not {name for name in load(f"composelib.stages.{stage}", set()) if name.startswith(WORK)}
