"""A run as metrics in the text format of OpenMetrics 1.0, for a textfile collector of Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

STATES = ("done", "fresh", "failed", "failed-failable", "skipped")
Sample = tuple[Mapping[str, str], float]
"""Labels beside the compose's name, and a value."""


def format_metrics(run: Mapping[str, Any]) -> str:
    """Return the metrics of a run."""
    return "".join(f"{line}\n" for line in (*list_families(run), "# EOF"))


def list_families(run: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of all families."""
    started, finished = (datetime.fromisoformat(run[key]).timestamp() for key in ("started", "finished"))
    counts, seconds = Counter(task["state"] for task in run["tasks"]), Counter[str]()
    for task in run["tasks"]:
        seconds[task["name"].partition(":")[0]] += task["seconds"]
    compose = run["compose"]
    yield from format_family(compose, "run_exit_status", "The exit status of the last run.", "", [({}, run["exit"])])
    yield from format_family(
        compose, "run_started_timestamp_seconds", "When the last run began.", "seconds", [({}, started)]
    )
    yield from format_family(compose, "run_finished_timestamp_seconds", "When it ended.", "seconds", [({}, finished)])
    by_state = [({"state": state}, counts[state]) for state in STATES]
    yield from format_family(compose, "run_tasks", "How many tasks of the last run ended how.", "", by_state)
    by_stage = [({"stage": stage}, round(value, 3)) for stage, value in sorted(seconds.items()) if value]
    yield from format_family(compose, "run_stage_seconds", "Seconds of the last run by stage.", "seconds", by_stage)


def format_family(compose: str, name: str, text: str, unit: str, samples: Iterable[Sample]) -> Iterator[str]:
    """Yield the lines of a gauge."""
    full = f"deb_compose_{name}"
    yield f"# TYPE {full} gauge"
    if unit:
        yield f"# UNIT {full} {unit}"
    yield f"# HELP {full} {text}"
    for labels, value in samples:
        pairs = ",".join(f'{key}="{escape_label(item)}"' for key, item in {"compose": compose, **labels}.items())
        yield f"{full}{{{pairs}}} {value:.15g}"


def escape_label(value: str) -> str:
    """Return the value of a label, escaped."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
