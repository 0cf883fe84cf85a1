"""A compose of one flat archive, whose packages are fetched by the process that this module is the program of.

python -m benchmarks.flat FOLDER
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.origin import Origin
from composelib.model.release import Release
from composelib.model.variant import Variant
from composelib.stages import fetch

ORIGIN = Origin("benchmark", 1, 1)


def compose_of(folder: Path) -> Compose:
    """Return a compose of a flat archive, which makes everything below a folder."""
    archive = Archive("flat", ORIGIN, "http://benchmark", ("./",), trusted=True)
    variants = (Variant("Base", ORIGIN, ("amd64",)),)
    release = Release("Benchmark", "benchmark", "1", "benchmark")
    return Compose("fetch", folder, (), release, "test", ("amd64",), (archive,), variants, build=folder / "build")


if __name__ == "__main__":
    fetch.tasks(compose_of(Path(sys.argv[1])))[0].run()
    sys.stdout.flush()
    os._exit(0)  # as a task's process ends
