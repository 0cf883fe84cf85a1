"""Making a signed repository of real packages, and its Contents, against apt-ftparchive, reprepro and aptly, which sign nothing.

Ours has what gather and fetch leave: the archive's stanzas, and verified files in the store. The others start from the same
.debs. Whole processes are measured, in turn, compression included.

    python -m benchmarks.createrepo [FOLDER [RUNS]]
"""

from __future__ import annotations

import argparse
import shutil
import sys
from functools import partial
from pathlib import Path

from benchmarks import repository
from benchmarks.fetch import WANTED, corpus
from benchmarks.peers import Comparison, Peer, measure

COUNT = 1040
FURTHER = ("inkscape", "digikam")
"""What needs packages enough for that many."""
REPREPRO = "Codename: bench\nComponents: main\nArchitectures: amd64\nDebIndices: Packages Release . .gz .xz\n"
FTPARCHIVE = "apt-ftparchive packages {pool} > Packages; gzip -9nkf Packages; xz -kf Packages; apt-ftparchive release . > Release"
APTLY = (
    'echo \'{{"rootDir": "{folder}/root"}}\' > json; aptly -config=json repo create -distribution=bench r;'
    " aptly -config=json repo add r {pool}; aptly -config=json publish repo -skip-signing -skip-contents r"
)
CONTENTS = "apt-ftparchive contents {pool} > Contents-amd64; gzip -9nkf Contents-amd64"


def make_peer(name: str, folder: Path, script: str) -> Peer:
    """Return a command of a shell in an empty folder of its own."""
    own = folder / name

    def empty() -> None:
        shutil.rmtree(own, ignore_errors=True)
        (own / "conf").mkdir(parents=True)
        (own / "conf/distributions").write_text(REPREPRO)

    return Peer(name, ["sh", "-euc", script], own, before=empty)


def list_peers(folder: Path, pool: Path) -> list[Peer]:
    """Return the commands that make a repository of the .debs in a folder, as far as they are installed."""
    ours = [sys.executable, "-m", "benchmarks.repository", str(folder)]
    scripts = {
        "apt-ftparchive": FTPARCHIVE.format(pool=pool),
        "reprepro": f"reprepro -s includedeb bench {pool}/*.deb",
        "aptly": APTLY.format(folder=folder / "aptly", pool=pool),
    }
    return [
        Peer("deb-compose", ours, before=partial(repository.reset, folder)),
        *(make_peer(name, folder, script) for name, script in scripts.items() if shutil.which(name)),
    ]


def compare_contents(folder: Path, pool: Path, runs: int) -> list[Comparison]:
    """Write Contents, with and without what an earlier run has read of the packages."""
    ours = [sys.executable, "-m", "benchmarks.repository", str(folder), "contents"]
    lists = repository.make_compose(folder).paths.store_contents
    cold = Peer("deb-compose", ours, before=lambda: shutil.rmtree(lists, ignore_errors=True))
    theirs = make_peer("apt-ftparchive", folder, CONTENTS.format(pool=pool))
    again = Peer("apt-ftparchive", theirs.command, theirs.folder)
    return [
        measure("Contents of new packages", [cold, theirs], runs),
        measure("Contents of packages that were read before", [Peer("deb-compose", ours), again], runs),
    ]


def run(folder: Path, runs: int) -> list[Comparison]:
    """Make a repository of a corpus."""
    archive = corpus(folder, COUNT, (*WANTED, *FURTHER))
    work = folder / "createrepo"
    shutil.rmtree(work, ignore_errors=True)
    repository.prepare(work, archive)
    pool = archive / "pool"
    title = f"Making a repository of {len(list(pool.iterdir()))} packages"
    return [measure(title, list_peers(work, pool), runs), *compare_contents(work, pool, 1)]  # minutes each


def main() -> None:
    """Measure in the folder named, or in the checkout's build folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("build/benchmarks/fetch"))
    parser.add_argument("runs", nargs="?", type=int, default=3)
    options = parser.parse_args()
    run(options.folder.absolute(), options.runs)


if __name__ == "__main__":
    main()
