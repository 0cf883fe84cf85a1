"""A compose of one flat archive, whose packages are fetched by the process that this module is the program of.

It does what a task's process does: the task was planned elsewhere.

    python -m benchmarks.flat FOLDER
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.stages.fetch import FetchJob, fetch_packages

if TYPE_CHECKING:
    from composelib.model.compose import Compose


def compose_of(folder: Path) -> Compose:
    """Return a compose of a flat archive, which makes everything below a folder."""
    from composelib.model.archive import Archive  # noqa: PLC0415 - what only fetches loads no model
    from composelib.model.compose import Compose  # noqa: PLC0415 - as above
    from composelib.model.origin import Origin  # noqa: PLC0415 - as above
    from composelib.model.release import Release  # noqa: PLC0415 - as above
    from composelib.model.variant import Variant  # noqa: PLC0415 - as above

    origin = Origin("benchmark", 1, 1)
    archive = Archive("flat", origin, "http://benchmark", ("./",), trusted=True)
    variants = (Variant("Base", origin, ("amd64",)),)
    release = Release("Benchmark", "benchmark", "1", "benchmark")
    return Compose("fetch", folder, (), release, "test", ("amd64",), (archive,), variants, build=folder / "build")


def make_job(folder: Path) -> FetchJob:
    """Return the job of fetching that compose's packages."""
    work = folder / "build" / "fetch" / "work"
    return FetchJob(
        chosen=work / "gather/Base/amd64.packages",
        accepted={"flat": work / "inrelease/flat/suites.json"},
        accesses={},
        folders={},
        offline=False,
        store=folder / "build/store/sha256",
        root=folder / "build/fetch",
        fetched=work / "fetch/Base/amd64.list",
        stored=work / "fetch/Base/amd64.stored",
    )


if __name__ == "__main__":
    fetch_packages(make_job(Path(sys.argv[1])))
    sys.stdout.flush()
    os._exit(0)  # as a task's process ends
