"""What a failed build leaves to be looked into: the files that it wrote, until its next build, and not without a limit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from composelib.building.build_job import BuildJob
from composelib.building.confinement import clear, run_inside
from composelib.building.environment import describe_root
from composelib.files import sha256_of, write_file
from composelib.tools.run import ToolError

LARGEST = 4 << 30
"""The most bytes that are kept of a failed build."""
TIDY = """set -e
rm -rf work root upper/debs
find upper ! '(' -uid 0 -gid 0 ')' -exec chown --no-dereference 0:0 '{}' +
"""
"""Leaves only what the build dependencies changed; all files become root's, so that anybody's `rm` removes them."""
MEASURE = """set -e
[ "$(du --summarize --block-size=1 upper | cut -f1)" -le "$1" ]
"""


@contextmanager
def keep_failed(job: BuildJob, folder: Path) -> Iterator[None]:
    """Keep what a build in `folder` wrote if the block fails because of it; forget what an earlier one left."""
    target = locate_failed(job)
    forget_failed(target)
    try:
        yield
    except ToolError:
        keep_written(folder, target, describe_failed(job))
        raise


def keep_written(folder: Path, target: Path, key: str) -> None:
    """Move what a build wrote to `target`, unless it is too much."""
    try:
        run_inside(folder, ["/bin/sh", "-c", f"{MEASURE}{TIDY}", "sh", str(LARGEST)])
    except ToolError:
        print(f"what the build wrote is more than {LARGEST} bytes, and is not kept", flush=True)
        return
    (folder / "upper").rename(target)
    write_file(target.with_name(f"{target.name}.key"), key)


def tidy_layer(folder: Path) -> None:
    """Leave in a folder only what a program in the sandbox changed in its root."""
    run_inside(folder, ["/bin/sh", "-c", TIDY])


def find_failed(job: BuildJob) -> Path | None:
    """Return the folder of what the last build wrote, if it failed, and had the same source and root as the next one has."""
    target = locate_failed(job)
    label = target.with_name(f"{target.name}.key")
    return target if label.is_file() and label.read_text() == describe_failed(job) else None


def forget_failed(target: Path) -> None:
    """Remove what a failed build left."""
    target.with_name(f"{target.name}.key").unlink(missing_ok=True)
    clear(target)


def locate_failed(job: BuildJob) -> Path:
    """Return the folder of what a failed build left."""
    return job.scratch / "failed"


def describe_failed(job: BuildJob) -> str:
    """Return what such a folder belongs to: the source package and the root, by their SHA256."""
    return f"{sha256_of(job.record)} {describe_root(job)}"
