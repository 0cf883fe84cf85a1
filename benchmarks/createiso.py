"""Our package ISO against bare xorriso on the same files, turn by turn in one run: medians, and their ratio.

Usage: python benchmarks/createiso.py [MEGABYTES [RUNS]]. Ours chooses the files, signs and writes checksum files; it has to
take at most 1.1 times as long as xorriso alone, which does none of these. On a busy machine the best runs tell more.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from composelib.model.compose import Compose  # noqa: E402
from composelib.model.image import IsoImage  # noqa: E402
from composelib.model.origin import Origin  # noqa: E402
from composelib.model.release import Release  # noqa: E402
from composelib.model.variant import Variant  # noqa: E402 - the checkout is not installed
from composelib.stages import createiso, createrepo, key  # noqa: E402

EPOCH = 1_700_000_000
HERE = Origin("benchmark", 1, 1)
MEAN = 700_000  # bytes of a package, as in Debian's main


def made(build: Path, megabytes: int) -> Compose:
    """Fill a store with packages of random content and size, and make their repository."""
    variant = Variant("Bench", HERE, ("amd64",), images=(IsoImage("dvd", HERE, ("amd64",)),))
    release = Release("Bench", "bench", "1", "bench")
    compose = Compose("bench", Path("b"), (), release, "test", ("amd64",), (), (variant,), build=build)
    chance = random.Random(1)  # noqa: S311 - any bytes will do
    stanzas: list[str] = []
    total = 0
    while total < megabytes * 1_000_000:
        size = int(chance.expovariate(1 / MEAN)) + 1000
        stanzas.append(package(compose, f"package{len(stanzas)}", chance.randbytes(size)))
        total += size
    put(compose.paths.gathered_stanzas("Bench", "amd64"), "\n".join(sorted(stanzas)).encode())
    put(compose.paths.fetched("Bench", "amd64"), b"")
    put(compose.epoch, f"{EPOCH}\n".encode())
    for stage in (key, createrepo):
        for task in stage.tasks(compose):
            task.run()
    return compose


def package(compose: Compose, name: str, content: bytes) -> str:
    """Store a package; gives its stanza."""
    sha256 = hashlib.sha256(content).hexdigest()
    put(compose.paths.stored(sha256), content)
    file = f"pool/main/{name[0]}/{name}/{name}_1_amd64.deb"
    sums = f"Size: {len(content)}\nMD5sum: {hashlib.md5(content).hexdigest()}\nSHA256: {sha256}\n"  # noqa: S324
    return f"Package: {name}\nVersion: 1\nArchitecture: amd64\nFilename: {file}\n{sums}"


def put(path: Path, content: bytes) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def ours(compose: Compose) -> None:
    """Run the task."""
    (task,) = createiso.tasks(compose)
    with contextlib.redirect_stdout(io.StringIO()):
        task.run()


def bare(tree: Path, iso: Path) -> None:
    """Run xorriso on the repository as it lies there."""
    words = ["-quiet", "-r", "-J", "-joliet-long", "-iso-level", "3", "-V", "BENCH", "-o", str(iso), str(tree)]
    subprocess.run(["xorriso", "-as", "mkisofs", *words], check=True, stderr=subprocess.DEVNULL)


def seconds(action: Callable[[], None]) -> float:
    """Time an action; what it wrote does not burden the next."""
    os.sync()
    start = time.monotonic()
    action()
    return time.monotonic() - start


def in_turn(number: int, one: Callable[[], None], other: Callable[[], None]) -> tuple[float, float]:
    """Time two actions, each the first every other time."""
    if number % 2:
        second = seconds(other)
        return seconds(one), second
    return seconds(one), seconds(other)


def main(megabytes: int = 700, runs: int = 5) -> None:
    """Print the medians."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        compose = made(Path(folder, "build"), megabytes)
        tree, iso = compose.repository("Bench"), Path(folder, "bare.iso")
        turns = [in_turn(number, lambda: ours(compose), lambda: bare(tree, iso)) for number in range(runs)]
        print(f"{megabytes} MB, {len(list(tree.rglob('*.deb')))} packages, {runs} runs, load {os.getloadavg()[0]:.1f}")
        for what, figure in (("median", statistics.median), ("best", min)):
            mine, plain = (figure(column) for column in zip(*turns, strict=True))
            print(f"{what}: ours {mine:.2f} s, bare xorriso {plain:.2f} s: {mine / plain:.2f} times")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
