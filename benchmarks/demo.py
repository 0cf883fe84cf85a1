"""The demo compose: cold, with nothing changed, and after an edit of one variant's list; seconds by stage.

    python -m benchmarks.demo [ROUNDS]

Composes from this machine's mirror into an empty folder, then again. The time of doing nothing is given as a ratio to
`python -c "import doit, yaml"`, below which no doit can get. Figures are medians of the rounds.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

CONFIG = Path("composes/demo.yaml")
EDIT = ("packages: [rsync, ", "packages: [rsync, tree, ")


def timed(*command: str) -> float:
    """Run a command; return its seconds."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begun = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)  # compiled once, as installed
    return time.monotonic() - begun


def doit(config: Path, build: Path, *words: str) -> float:
    """Compose; return the seconds."""
    return timed(sys.executable, "-m", "doit", *words, f"compose={config}", f"build={build}")


def tasks(build: Path) -> list[dict[str, Any]]:
    """Return the tasks that ran in the last run that ran any."""
    entries: list[dict[str, Any]] = json.loads((build / "demo" / "run.json").read_text())["tasks"]
    return [task for task in entries if task["state"] == "done"]


def by_stage(build: Path) -> Counter[str]:
    """Return the seconds of the last run's tasks by stage."""
    seconds: Counter[str] = Counter()
    for task in tasks(build):
        seconds[task["name"].partition(":")[0]] += task["seconds"]
    return seconds


def compose_round(folder: Path) -> tuple[dict[str, float], Counter[str], list[str]]:
    """Compose cold, idle and after an edit; return the seconds, those of the cold tasks, and the edit's tasks."""
    config, build = folder / "demo.yaml", folder / "build"
    config.write_text(CONFIG.read_text())
    took = {"cold": doit(config, build)}
    stages = by_stage(build)
    took["nothing changed"] = statistics.median(doit(config, build) for _ in range(5))
    took["nothing changed, offline"] = statistics.median(doit(config, build, "offline=1") for _ in range(5))
    took["import doit, yaml"] = statistics.median(timed(sys.executable, "-c", "import doit, yaml") for _ in range(5))
    old, new = EDIT
    config.write_text(CONFIG.read_text().replace(old, new))
    took["one list edited"] = doit(config, build)
    return took, stages, [task["name"] for task in tasks(build)]


def main() -> None:
    """Print the figures."""
    rounds = []
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
        with tempfile.TemporaryDirectory() as folder:
            rounds.append(compose_round(Path(folder)))
    took = {step: statistics.median(times[step] for times, _, _ in rounds) for step in rounds[0][0]}
    for step, seconds in took.items():
        print(f"{step:28}{seconds:8.2f} s")
    for step in ("nothing changed", "nothing changed, offline"):
        print(f"{step} / import: {took[step] / took['import doit, yaml']:.2f}")
    print("cold, by stage:", ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in rounds[-1][1].most_common()))
    print("the edit reran:", ", ".join(rounds[-1][2]))


if __name__ == "__main__":
    main()
