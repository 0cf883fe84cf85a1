"""Our builders against bare dpkg-buildpackage in the same root on the same source package, turn by turn in one run: medians.

Usage, as root: python benchmarks/build.py BUILD/NAME ARCHIVE SOURCE [RUNS]. The compose must have built the source, so that its
root and its build dependencies are there. `bare` is chroot(1) into a mounted overlay, as an ordinary user. `native`
comes with the build dependencies kept from the build before; `native, first` installs them.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from composelib.building.build_job import BuildJob  # noqa: E402 - the checkout is not installed
from composelib.building.builders import native, sbuild  # noqa: E402
from composelib.building.environment import find_dsc, render_build  # noqa: E402

BARE = """set -e
mount -t overlay -o lowerdir="$2:$1",upperdir="$3/upper",workdir="$3/work" none "$3/root"
mount -t proc proc "$3/root/proc"
mount --rbind /dev "$3/root/dev"
mkdir "$3/root/build" "$3/root/source"
cp "$4"/* "$3/root/source"
chown 1000:1000 "$3/root/build"
exec chroot "$3/root" setpriv --reuid=1000 --regid=1000 --clear-groups sh -c "$5"
"""


def plan_job(compose: Path, archive: str, source: str, scratch: Path) -> BuildJob:
    """Return the build of a source package that a compose has built."""
    work = compose / "work"
    return BuildJob(
        label=source,
        arch="amd64",
        everything=True,
        source=work / "source" / archive / source,
        record=work / "source" / archive / f"{source}.json",
        chroot=work / "chroot/amd64.tar",
        chroot_packages=work / "builddeps/amd64.packages",
        dependencies=work / "builddeps" / archive / source / "amd64.packages",
        store=compose.parent / "store/sha256",
        profiles=(),
        unpacked=scratch / "unpacked",
        scratch=scratch / "scratch",
    )


def build_bare(job: BuildJob, folder: Path) -> None:
    """Run dpkg-buildpackage in a root that is mounted for it."""
    for name in ("upper", "work", "root"):
        (folder / name).mkdir(parents=True)
    text = render_build(job, f"/source/{find_dsc(job.source).name}")
    paths = [job.unpacked / "root", job.scratch / "layer/upper", folder, job.source]
    command = ["unshare", "--mount", "sh", "-c", BARE, "sh", *map(str, paths), text]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.rmtree(folder)


def measure(action: Callable[[], None]) -> tuple[float, float]:
    """Return the wall and CPU seconds of an action and its programs."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    action()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run_builder(job: BuildJob, builder: Callable[[BuildJob, Path], None]) -> None:
    """Build with one of our builders, silently."""
    job.scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as results, silence():
        builder(job, Path(results))


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Send what programs print to nowhere."""
    kept = os.dup(1), os.dup(2)
    with open(os.devnull, "w") as sink:  # noqa: PTH123 - a file of the machine
        for number in (1, 2):
            os.dup2(sink.fileno(), number)
        try:
            yield
        finally:
            for number, original in zip((1, 2), kept, strict=True):
                os.dup2(original, number)


def main(compose: str, archive: str, source: str, runs: int = 3) -> None:
    """Print the medians."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        job = plan_job(Path(compose).absolute(), archive, source, Path(folder))
        run_builder(job, native.build_binaries)  # unpacks the root, once for all builds
        first = replace(job, scratch=Path(folder, "first"))
        ways: dict[str, Callable[[], None]] = {
            "bare": lambda: build_bare(job, Path(folder, "bare")),
            "native": lambda: run_builder(job, native.build_binaries),
            "native, first": lambda: run_builder(first, native.build_binaries),
            "sbuild": lambda: run_builder(job, sbuild.build_binaries),
        }
        figures: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(runs):
            for name, way in ways.items():
                shutil.rmtree(first.scratch, ignore_errors=True)
                figures[name].append(measure(way))
        print(f"{source}, {runs} runs, load {os.getloadavg()[0]:.1f}")
        for name, pairs in figures.items():
            wall, cpu = (statistics.median(column) for column in zip(*pairs, strict=True))
            print(f"{name}: {wall:.1f} s, {cpu:.1f} s CPU")


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:]))
