"""Sign lists of the SHA256 and SHA512 of every file that no other signed list names."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
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
    ostree: Path
    """The OSTree repository, if the compose has one: its own list has its files."""
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
    long_checksums: Path
    """The same with SHA512."""
    long_signature: Path


@dataclass(frozen=True)
class OstreeSumsJob:
    """The OSTree repository, and the list of its files."""

    repository: Path
    root: Path
    """The compose's folder."""
    files: tuple[Path, ...]
    managed: tuple[str, ...]
    """Regular expressions of the further files, relative to `root`."""
    checksums: Path
    listing: Path
    """The tree list of the repository: each run sees whether a file of it has changed."""


def tasks_from(compose: Compose, planned: Iterable[Task]) -> tuple[Task, ...]:
    """Return the task that lists and signs, and one that lists the OSTree repository; they wait for all that leaves files there."""
    paths, released = compose.paths, list_released_outputs(compose, planned)
    ostree = plan_ostree_sums(compose, released)
    required, optional = (
        tuple(path for task, outputs in released if task.failable is failable for path in outputs)
        for failable in (False, True)
    )
    required = (
        *(path for path in required if not path.is_relative_to(paths.ostree)),
        *([paths.ostree_checksums] if ostree else []),
    )
    lists = tuple(paths.by_hash_list(variant.name) for variant in compose.variants)
    releases = tuple(paths.release_file(variant.name) for variant in compose.variants)
    signed = tuple(path.with_name(name) for path in releases for name in ("Release", "Release.gpg", "InRelease"))
    listings, optional_listings = (
        tuple(path for task, _ in released if task.failable is failable for path in task.trees)
        for failable in (False, True)
    )
    job = ChecksumJob(
        files=(*required, *optional, *signed),
        listings=(*listings, *lists, *optional_listings),
        releases=releases,
        ostree=paths.ostree,
        root=paths.root,
        tree=paths.tree,
        sign=compose.sign,
        key_home=paths.key_home,
        epoch=paths.epoch,
        checksums=paths.checksums,
        signature=paths.checksums.with_name("SHA256SUMS.sign"),
        long_checksums=paths.checksums.with_name("SHA512SUMS"),
        long_signature=paths.checksums.with_name("SHA512SUMS.sign"),
    )
    task = Task(
        name=paths.checksums.name,
        doc="list the sums of all files that no other signed list names",
        run=partial(list_sums, job),
        inputs=(*required, *signed, *listings, *lists),
        optional=(*optional, *optional_listings),
        order_only=(job.epoch,),
        outputs=(job.checksums, job.signature, job.long_checksums, job.long_signature),
        uses={"sign": job.sign},
        tools=("gpg",),
        pool="sign",
    )
    return (*ostree, task)


def plan_ostree_sums(compose: Compose, released: list[tuple[Task, tuple[Path, ...]]]) -> tuple[Task, ...]:
    """Return the task that lists the files of the OSTree repository; none if the compose has no such repository."""
    repository = compose.paths.ostree
    inputs = tuple(path for _, outputs in released for path in outputs if path.is_relative_to(repository))
    managed = tuple(pattern for task, _ in released for pattern in task.managed)
    job = OstreeSumsJob(
        repository=repository,
        root=compose.paths.root,
        files=inputs,
        managed=managed,
        checksums=compose.paths.ostree_checksums,
        listing=compose.paths.work("checksum", "ostree.list"),
    )
    task = Task(
        name="ostree",
        doc="check all objects of the OSTree repository, and list the sums of its files",
        run=partial(list_ostree_sums, job),
        inputs=inputs,
        consulted=(compose.paths.ostree_claim,),
        outputs=(job.checksums, job.listing),
        trees=(job.listing,),
        uses={"managed": list(managed)},
        pool="images",
    )
    return (task,) if inputs else ()


def list_released_outputs(compose: Compose, planned: Iterable[Task]) -> list[tuple[Task, tuple[Path, ...]]]:
    """Return each task that has outputs in the compose's tree, with these; indices do not count."""
    tree = f"{compose.paths.tree}/"
    suites = tuple(f"{compose.paths.suite(variant.name)}/" for variant in compose.variants)
    pairs = (
        (task, tuple(path for path in task.outputs if str(path).startswith(tree) and not str(path).startswith(suites)))
        for task in planned
    )
    return [(task, outputs) for task, outputs in pairs if outputs]


def list_ostree_sums(job: OstreeSumsJob) -> None:
    """Check the objects of the OSTree repository, and write the list of its files. Raise TrustError for a damaged one."""
    from composelib.actions import checksum

    checksum.list_ostree_sums(job)


def list_sums(job: ChecksumJob) -> None:
    """Write SHA256SUMS and SHA512SUMS, sorted by path, and their detached signatures."""
    from composelib.actions import checksum  # loaded when a task runs

    checksum.list_sums(job)
