"""A run with nothing to do, on graphs of several sizes, against doit alone on the same graph.

The graphs are the engine's alone, without the stages' code: a third of the tasks reads a file of its own, the others what
tasks made. Below `python -c "import doit, yaml"` no doit gets.

    python -m benchmarks.null [TASKS...]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.peers import Comparison, Peer, measure
from tests.kit.task_world import World

ROUNDS = 9
FLOOR = "import doit, yaml"
STOCK = """
from pathlib import Path
def write(targets):
    for name in targets:
        Path(name).write_text(name)
def task_all():
    for number in range({count}):
        for name, inputs in (("a", ["in"]), ("b", ["a"]), ("c", ["a", "b"])):
            yield {{"name": f"{{name}}{{number}}", "actions": [write], "targets": [f"{{name}}{{number}}"],
                   "file_dep": [f"{{read}}{{number}}" for read in inputs]}}
"""


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


def make_stock(folder: Path, count: int) -> Path:
    """Make the same graph for doit alone, and run it."""
    folder.mkdir()
    (folder / "dodo.py").write_text(STOCK.format(count=count // 3))
    for number in range(count // 3):
        (folder / f"in{number}").write_text(str(number))
    subprocess.run([sys.executable, "-m", "doit"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


def compare(folder: Path, count: int, runs: int) -> Comparison:
    """Measure a graph."""
    environment, command = {"PYTHONPATH": str(Path.cwd())}, [sys.executable, "-m", "doit"]
    peers = [
        Peer("deb-compose", command, make_world(folder / "ours", count).folder, environment),
        Peer("doit", command, make_stock(folder / "stock", count)),
        Peer(f'python -c "{FLOOR}"', [sys.executable, "-c", FLOOR]),
    ]
    return measure(f"Nothing to do, {count} tasks", peers, runs)


def run(sizes: list[int], runs: int) -> list[Comparison]:
    """Measure graphs of several sizes."""
    compared = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bench-null-") as folder:
            compared.append(compare(Path(folder), size, runs))
    return compared


if __name__ == "__main__":
    run([int(word) for word in sys.argv[1:]] or [45, 300, 3000], ROUNDS)
