"""A run with nothing to do, on graphs of several sizes, against `python -c "import doit, yaml"`, below which no doit gets.

The graphs are the engine's alone, without the stages' code: a third of the tasks reads a file of its own, the others what
tasks made. Seconds are wall time; rounds of all commands take turns, and the figures are medians.

    python -m benchmarks.null [TASKS...]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.kit.task_world import World

ROUNDS = 9
FLOOR = "import doit, yaml"


def make_world(folder: Path, count: int) -> World:
    """Make a world of so many tasks, and run them."""
    world = World(folder)
    for number in range(count // 3):
        world.write(f"in{number}", str(number))
        world.task(f"a{number}", [f"in{number}"], f"work/a{number}", uses={"number": number})
        world.task(f"b{number}", [f"work/a{number}"], f"work/b{number}", uses={"words": ["x"] * 10})
        world.task(f"c{number}", [f"work/a{number}", f"work/b{number}"], f"compose/c{number}")
    world.run(timeout=3600)
    world.run(timeout=3600)
    return world


def seconds(folder: Path, *command: str) -> float:
    """Return the seconds that a command takes."""
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    begun = time.perf_counter()
    subprocess.run([sys.executable, *command], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    sizes = [int(word) for word in sys.argv[1:]] or [45, 300, 3000]
    with tempfile.TemporaryDirectory() as folder:
        worlds = {size: make_world(Path(folder, str(size)), size) for size in sizes}
        took: dict[int, list[float]] = {size: [] for size in [0, *sizes]}
        for _ in range(ROUNDS):
            took[0].append(seconds(Path(folder), "-c", FLOOR))
            for size, world in worlds.items():
                took[size].append(seconds(world.folder, "-m", "doit"))
    floor = statistics.median(took[0])
    print(f"{FLOOR}: {floor:.3f} s")
    for size in sizes:
        median = statistics.median(took[size])
        print(f"{size} tasks, nothing to do: {median:.3f} s, {median / floor:.1f} times that")


if __name__ == "__main__":
    main()
