"""Gathering against apt and germinate: whole processes on the machine's own archive, medians of several runs, taken in turn.

    python -m benchmarks.gather [RUNS]

The package lists are those of this machine's apt, main of its first archive.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers import Comparison, Peer, measure

ROOT = Path(__file__).parents[1]
BASE = ("?priority(required)", "?priority(important)", "?priority(standard)", "openssh-server")
DESKTOP = ("?priority(required)", "?priority(important)", "?priority(standard)", "task-gnome-desktop")
APT_CONF = """
Dir "{0}/";
Dir::State "{0}/"; Dir::State::lists "{0}/lists"; Dir::State::status "{0}/status";
Dir::Cache "{0}/cache"; Dir::Etc "{0}/etc"; Dir::Etc::sourcelist "{0}/sources.list";
APT::Architecture "amd64"; APT::Architectures "amd64"; APT::Install-Recommends "false";
Acquire::Languages "none"; APT::Sandbox::User "root";
"""
GATHER = """
import gc, os, sys
gc.disable()
sys.path.insert(0, {root!r})
from pathlib import Path
from composelib.archive.choose.need import Wish
from composelib.archive.choose.order import Order
from composelib.model.origin import Origin, Seed
from composelib.stages.gather import GatherJob, IndexedArchive, Stock, gather
folder = Path(sys.argv[1])
wishes = tuple(Wish(Seed(text, Origin("bench", 1, 1)), "packages") for text in sys.argv[2:])
stock = Stock((IndexedArchive("main", 500, False, folder / "packages", folder / "index"),))
gc.freeze()
gc.enable()
gather(GatherJob(Order("Bench", "amd64", wishes, tolerant=True), stock, folder / "list.json", folder / "list.packages"))
sys.stdout.flush()
os._exit(0)
"""
"""What a task's process does, garbage collection and end included (composelib.engine.child_process)."""
BUILD = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from composelib.archive.choose.packages.index_build import build_index
folder = Path(sys.argv[1])
(folder / "index").write_bytes(build_index((folder / "packages").read_bytes(), "amd64", "main"))
"""


def prepare(folder: Path) -> dict[str, str]:
    """Lay down the archive's packages for all three; give the environment of an apt that knows nothing else."""
    targets = ["apt-get", "indextargets", "--format", "$(FILENAME)", "Created-By: Packages", "Architecture: amd64"]
    first = subprocess.run(targets, capture_output=True, text=True, check=True).stdout.split()[0]
    for name in (
        "lists/partial",
        "cache/archives/partial",
        "etc/apt.conf.d",
        "etc/preferences.d",
        "repo",
        "seeds/all.bench",
    ):
        (folder / name).mkdir(parents=True)
    # the texts stay out of this process: what it holds would count as its children's
    with (folder / "packages").open("wb") as stream:
        subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", first], stdout=stream, check=True)
    dists = folder / "mirror/dists/bench/main"
    for name in ("binary-amd64/Packages", "source/Sources", "debian-installer/binary-amd64/Packages"):
        (dists / name).parent.mkdir(parents=True)
        (dists / name).touch()
    shutil.copy(folder / "packages", dists / "binary-amd64/Packages")
    shutil.copy(folder / "packages", folder / "repo/Packages")
    (folder / "status").touch()
    (folder / "sources.list").write_text(f"deb [trusted=yes] file:{folder}/repo ./\n")
    (folder / "apt.conf").write_text(APT_CONF.format(folder))
    env = {"APT_CONFIG": str(folder / "apt.conf")}
    subprocess.run(["apt-get", "-qq", "update"], env=os.environ | env, check=True, capture_output=True)
    return env


def germinate(folder: Path, names: Sequence[str]) -> list[str]:
    """Write germinate's seeds for some names; give its command."""
    seeds = folder / "seeds/all.bench"
    (seeds / "STRUCTURE").write_text("base:\n")
    (seeds / "base").write_text("".join(f" * {name}\n" for name in names))
    place = ["-S", f"file://{folder}/seeds/", "-s", "all.bench", "-m", f"file://{folder}/mirror", "-d", "bench"]
    return ["germinate", *place, "-a", "amd64", "-c", "main", "--no-rdepends"]


def seeded(folder: Path) -> list[str]:
    """Return the names that were seeds of the last list."""
    lines = (folder / "list.json").read_text().splitlines()
    return [line.partition('"package": "')[2].partition('"')[0] for line in lines if '"seed":' in line]


def compare(folder: Path, seed_kind: str, seeds: Sequence[str], runs: int, env: dict[str, str]) -> Comparison:
    """Gather some seeds in all three ways, in turn."""
    ours = Peer("deb-compose", [sys.executable, "-c", GATHER.format(root=str(ROOT)), str(folder), *seeds])
    ours.run()
    peers = [
        Peer(ours.program, ours.command),
        Peer("apt-get --print-uris", ["apt-get", "-qq", "--print-uris", "install", *seeds], env=env),
        Peer("germinate", germinate(folder, seeded(folder)), folder / "seeds"),
    ]
    return measure(f"Choosing packages: {seed_kind}", peers, runs)


def index(folder: Path, runs: int, env: dict[str, str]) -> Comparison:
    """Make the index of the archive, and apt's own cache of it."""
    ours = Peer("deb-compose", [sys.executable, "-c", BUILD.format(root=str(ROOT)), str(folder)])
    caches = [folder / "cache" / name for name in ("pkgcache.bin", "srcpkgcache.bin")]
    apts = Peer(
        "apt-cache gencaches",
        ["apt-cache", "gencaches"],
        env=env,
        before=lambda: [path.unlink(missing_ok=True) for path in caches],
    )
    return measure("Indexing an archive", [ours, apts], runs)


def run(folder: Path, runs: int) -> list[Comparison]:
    """Measure everything in an empty folder."""
    env = prepare(folder)
    everything = [sys.executable, "-c", GATHER.format(root=str(ROOT)), str(folder), "*"]
    return [
        index(folder, runs, env),
        compare(folder, "a server", BASE, runs, env),
        compare(folder, "a desktop", DESKTOP, runs, env),
        measure("Choosing packages: a whole archive", [Peer("deb-compose", everything)], min(runs, 3)),
    ]


def main(runs: int) -> None:
    """Print the figures: seconds, seconds of the processors, peak memory, and the ratios of both times to ours."""
    with tempfile.TemporaryDirectory(prefix="bench-gather-") as name:
        run(Path(name), runs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
