"""Sign a list of the SHA256 of every file that no other signed list names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from composelib.model.compose import Compose
from composelib.task import Task


@dataclass(frozen=True)
class ChecksumJob:
    """The files to list, the lists that name others, and the key that signs."""

    files: tuple[Path, ...]
    """Outputs of other tasks; those of a failable task that failed do not exist."""
    listings: tuple[Path, ...]
    """Tree lists, whose members are listed too."""
    releases: tuple[Path, ...]
    """The Release file of each repository: it signs the indices, and these the pool."""
    ostree: Path | None
    """The OSTree repository, if the compose has one: what its objects' names and signatures do not prove is listed."""
    root: Path
    """The folder that the paths in tree lists are relative to."""
    tree: Path
    """The folder that the paths in SHA256SUMS are relative to."""
    sign: str | None
    """The signing key; None for the checkout's own, in `key_home`."""
    key_home: Path
    epoch: Path
    checksums: Path
    signature: Path


def tasks_from(compose: Compose, planned: Iterable[Task]) -> tuple[Task, ...]:
    """Return the one task; it waits for all others that leave something in the compose's tree."""
    paths, planned = compose.paths, tuple(planned)
    required, optional = (list_released_outputs(compose, planned, failable=failable) for failable in (False, True))
    lists = tuple(paths.by_hash_list(variant.name) for variant in compose.variants)
    releases = tuple(paths.release_file(variant.name) for variant in compose.variants)
    signed = tuple(path.with_name(name) for path in releases for name in ("Release", "Release.gpg", "InRelease"))
    listings, optional_listings = (list_trees(planned, failable=failable) for failable in (False, True))
    job = ChecksumJob(
        files=(*required, *optional, *signed),
        listings=(*listings, *lists, *optional_listings),
        releases=releases,
        ostree=paths.ostree if any(path.is_relative_to(paths.ostree) for path in required) else None,
        root=paths.root,
        tree=paths.tree,
        sign=compose.sign,
        key_home=paths.key_home,
        epoch=paths.epoch,
        checksums=paths.checksums,
        signature=paths.checksums.with_name("SHA256SUMS.sign"),
    )
    task = Task(
        name=paths.checksums.name,
        doc="list the sums of all files that no other signed list names",
        run=partial(list_sums, job),
        inputs=(*required, *signed, *listings, *lists),
        optional=(*optional, *optional_listings),
        order_only=(job.epoch,),
        outputs=(job.checksums, job.signature),
        uses={"sign": job.sign},
        tools=("gpg",),
        pool="sign",
    )
    return (task,)


def list_released_outputs(compose: Compose, planned: Iterable[Task], *, failable: bool) -> tuple[Path, ...]:
    """Return the outputs in the compose's tree, except indices, of the tasks that may fail or of those that may not."""
    tree, suites = (
        str(compose.paths.tree),
        tuple(f"{compose.paths.suite(variant.name)}/" for variant in compose.variants),
    )
    outputs = {str(path): path for task in planned if task.failable is failable for path in task.outputs}
    return tuple(path for text, path in outputs.items() if text.startswith(f"{tree}/") and not text.startswith(suites))


def list_trees(planned: Iterable[Task], *, failable: bool) -> tuple[Path, ...]:
    """Return the tree lists of the tasks that may fail, or of those that may not."""
    return tuple(path for task in planned if task.failable is failable for path in task.trees)


def list_sums(job: ChecksumJob) -> None:
    """Write SHA256SUMS, sorted by path, and its detached signature."""
    from composelib.actions import checksum  # loaded when a task runs

    checksum.list_sums(job)
