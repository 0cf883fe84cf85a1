"""Commit each OSTree image to the compose's OSTree repository, signed; no ref is moved yet."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.placeholders import name_ref
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import OstreeImage
from composelib.task import Task
from composelib.tools import ostree

REPOSITORY = "repository"


@dataclass(frozen=True)
class CommitJob:
    """A root to commit, the commit's metadata, and the repository that it goes to."""

    label: str
    """The name of the image and arch in messages."""
    root: Path
    packages: Path
    """The list of the packages in the root, as `solve` wrote it."""
    epoch: Path
    repository: Path
    ref: str
    arch: str
    release: str
    """The product's name, for the commit's subject."""
    number: str
    """The product's version; the commit's has the date after it."""
    kernel_append: str
    remote: tuple[str, str]
    """Name and address of the remote that a deployment updates from; the address is empty if unknown."""
    deltas: bool
    sign: str | None
    """The fingerprint of the key that signs; None for the checkout's own."""
    key_home: Path
    archive_key: Path
    record: Path
    """The file that says what was committed."""
    listing: Path
    """The tree list of the commit."""
    listed_repository: str
    """The path of the repository in the tree list."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each OSTree image and arch, and one for the repository they are all in."""
    deliverables = compose.deliverables(OstreeImage)
    if not deliverables:
        return ()
    return (plan_repository(compose, deliverables), *(plan_image(compose, deliverable) for deliverable in deliverables))


def plan_repository(compose: Compose, deliverables: tuple[Deliverable[OstreeImage], ...]) -> Task:
    """Return the task that makes the repository, and answers for what ostree has in it, history and deltas too."""
    repository, claim = compose.paths.ostree, compose.paths.ostree_claim
    member = str(repository.relative_to(compose.paths.root))
    refs = [name_ref(compose.release, deliverable) for deliverable in deliverables]
    return Task(
        name=REPOSITORY,
        doc="make the OSTree repository",
        run=partial(make_repository, repository, claim, f"{member}/"),
        inputs=(),
        outputs=(claim, repository / "config"),
        managed=(ostree.describe_layout(member, refs),),
        uses={},
        tools=("ostree",),
    )


def plan_image(compose: Compose, deliverable: Deliverable[OstreeImage]) -> Task:
    """Return the task that commits one image on one arch."""
    job = plan_commit(compose, deliverable)
    return Task(
        name=deliverable.name,
        doc=f"commit {job.label}",
        run=partial(make_commit, job),
        inputs=(job.root, job.packages, job.archive_key, compose.paths.ostree_claim),
        order_only=(job.epoch,),
        scratch=tuple(job.record.with_suffix(suffix) for suffix in (".repository", ".over")),
        outputs=(job.record, job.listing),
        trees=(job.listing,),
        uses={
            "ref": job.ref,
            "release": [job.release, job.number],
            "kernel-append": job.kernel_append,
            "remote": list(job.remote),
            "sign": job.sign,
            "deltas": job.deltas,
        },
        tools=("ostree",),
        failable=deliverable.failable,
        pool="ostree",
    )


def plan_commit(compose: Compose, deliverable: Deliverable[OstreeImage]) -> CommitJob:
    """Return the job that commits one image on one arch."""
    variant, arch, image = deliverable.variant.name, deliverable.arch, deliverable.image
    record = compose.paths.commit(variant, arch, image.name)
    return CommitJob(
        label=f"{variant}'s image {image.name} for {arch}",
        root=compose.paths.rootfs(variant, arch, image.name),
        packages=compose.paths.solved(variant, arch, image.name),
        epoch=compose.paths.epoch,
        repository=compose.paths.ostree,
        ref=name_ref(compose.release, deliverable),
        arch=arch,
        release=compose.release.name,
        number=compose.release.version,
        kernel_append=image.customize.kernel_append,
        remote=(compose.release.short, f"{compose.base_url.rstrip('/')}/ostree/repo" if compose.base_url else ""),
        deltas=image.deltas,
        sign=compose.sign,
        key_home=compose.paths.key_home,
        archive_key=compose.paths.archive_key,
        record=record,
        listing=record.with_suffix(".list"),
        listed_repository=str(compose.paths.ostree.relative_to(compose.paths.root)),
    )


def make_repository(repository: Path, claim: Path, member: str) -> None:
    """Make the repository if there is none."""
    from composelib.actions import ostree as actions

    actions.make_repository(repository, claim, member)


def make_commit(job: CommitJob) -> None:
    """Commit a root file system in OSTree's layout, signed.

    Raise ComposeError if the root cannot be booted as a commit, MachineError if the disk is full.
    """
    from composelib.actions import ostree as actions

    actions.make_commit(job)
