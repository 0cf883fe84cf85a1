"""What is kept of the last runs: `runs/STARTED/` with run.json, the page, a trace, and the logs of what failed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from composelib.files import remove_tree, write_file
from composelib.model.paths import RUN_PAGE
from composelib.text.json_file import json_text
from composelib.text.run_metrics import format_metrics
from composelib.text.run_trace import make_trace

RUNS, TRACE, METRICS = "runs", "trace.json", "metrics.prom"
"""The folder of the last runs, the trace in each, and the metrics of the last one."""
MOST_RUNS = 60
"""How many runs are kept; the oldest go."""
LONGEST_LOG = 8 << 20
"""The most bytes of a log, its end, that are kept."""
FAILED = ("failed", "failed-failable")


def archive_run(folder: Path, run: Mapping[str, Any]) -> None:
    """Keep what a compose's folder has of a run that has ended, and write its metrics; remove the oldest runs."""
    target = folder / RUNS / run["started"].partition("+")[0].replace(":", "")
    remove_tree(target)
    write_file(target / "run.json", (folder / "run.json").read_bytes())
    write_file(target / RUN_PAGE, (folder / RUN_PAGE).read_bytes())
    write_file(target / TRACE, json_text(make_trace(run)))
    for task in run["tasks"]:
        if task["state"] in FAILED and task["log"]:
            keep_log(Path(task["log"]), target / "logs")
    write_file(folder / METRICS, format_metrics(run))
    for old in sorted(path for path in (folder / RUNS).iterdir() if path.is_dir())[:-MOST_RUNS]:
        remove_tree(old)


def keep_log(log: Path, folder: Path) -> None:
    """Copy the end of a log, if there is one, to a folder, under the names of its stage and its task."""
    if not log.is_file():
        return
    target = folder / log.parent.name / log.name
    target.parent.mkdir(parents=True, exist_ok=True)
    with log.open("rb") as source, target.open("wb") as copy:
        source.seek(max(0, log.stat().st_size - LONGEST_LOG))
        shutil.copyfileobj(source, copy)
