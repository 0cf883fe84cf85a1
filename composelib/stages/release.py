"""Sign a variant's repository: Release, InRelease, Release.gpg, and the indices under their hashes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from composelib.archive.format import repository
from composelib.archive.format.repository import Suite
from composelib.dataclass import dataclass
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task


@dataclass(frozen=True)
class ReleaseJob:
    """The index files of a repository, what its Release file says, and the key that signs it."""

    variant: str
    suite: Suite
    """The fields of the Release file, except its date, which is in `epoch`."""
    indices: tuple[Path, ...]
    key: Path
    """The public half of the key."""
    sign: str | None
    names_keys: bool
    """Whether the Release file names the keys that sign it."""
    key_home: Path
    epoch: Path
    signed: Path | None
    """The file that holds when the repositories were signed, in seconds since 1970; None if they are valid for ever."""
    valid_for: int
    """How long from then on, in seconds."""
    root: Path
    """The folder that the paths of `generations` are relative to."""
    folder: Path
    """The suite's folder: what the Release file lists is below it."""
    release: Path
    inrelease: Path
    signature: Path
    generations: Path
    """The list of the index files under their hashes, those of the last generation included."""


def tasks_from(compose: Compose, planned: Iterable[Task]) -> tuple[Task, ...]:
    """Return a task for each variant, whose Release file lists the outputs of all stages below its suite's folder."""
    texts = {str(path): path for task in planned for path in task.outputs}
    return tuple(plan_release(compose, variant, texts) for variant in compose.variants)


def plan_release(compose: Compose, variant: Variant, outputs: dict[str, Path]) -> Task:
    """Return the task that signs one variant's repository; `outputs` are the paths of all stages' outputs by their text."""
    folder = compose.paths.suite(variant.name)
    release = compose.paths.release_file(variant.name)
    suite = replace(
        repository.describe_repository(compose.release, variant.name),
        arches=tuple(arch for arch in variant.index_arches if arch != SOURCE),
        components=variant.components(""),
        changelogs=compose.release.changelogs,
    )
    job = ReleaseJob(
        variant=variant.name,
        suite=suite,
        indices=tuple(path for text, path in outputs.items() if text.startswith(f"{folder}/")),
        key=compose.paths.archive_key,
        sign=compose.sign,
        names_keys=compose.release.signed_by,
        key_home=compose.paths.key_home,
        epoch=compose.paths.epoch,
        signed=compose.paths.signed_at if compose.release.valid_until else None,
        valid_for=compose.release.valid_until,
        root=compose.paths.root,
        folder=folder,
        release=release,
        inrelease=release.with_name("InRelease"),
        signature=release.with_name("Release.gpg"),
        generations=compose.paths.by_hash_list(variant.name),
    )
    return Task(
        name=variant.name,
        doc=f"sign {variant.name}'s repository",
        run=partial(sign_repository, job),
        inputs=(*job.indices, job.key, *((job.signed,) if job.signed else ())),
        order_only=(job.epoch,),
        outputs=(job.release, job.signature, job.inrelease, job.generations),
        trees=(job.generations,),
        uses={"suite": asdict(job.suite), "sign": job.sign, "valid-until": job.valid_for, "signed-by": job.names_keys},
        tools=("gpg",),
        pool="sign",
    )


def sign_repository(job: ReleaseJob) -> None:
    """Write the Release file and its signatures; InRelease, which apt asks for first, appears last.

    Raise TrustError if the indices of two arches list different files at one path of the pool.
    """
    from composelib.actions import release  # loaded when a task runs

    release.sign_repository(job)
