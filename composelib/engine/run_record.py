"""What stays of a run beside the compose: run.json for programs, and a page for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from composelib.engine.schedule import list_needs
from composelib.files import write_file
from composelib.model.paths import RUN_PAGE


def write_run(folder: Path, run: Mapping[str, Any], tasks: Mapping[str, Any]) -> None:
    """Write both into the folder of a compose; `tasks` are doit's."""
    write_file(folder / "run.json", json.dumps(run, indent=1) + "\n")
    from composelib.engine.run_page import render_run_page  # noqa: PLC0415 - nothing is written of a run with nothing to do

    page = render_run_page(run, {name: list_needs(task) for name, task in tasks.items()}, folder)
    write_file(folder / RUN_PAGE, page.encode("utf-8", "replace"))
    from composelib.engine.run_archive import archive_run  # noqa: PLC0415 - likewise

    archive_run(folder, run)
