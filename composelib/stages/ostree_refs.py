"""Move the refs of the OSTree repository to this compose's commits, once nothing can doom it any more."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.placeholders import name_ref
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import OstreeImage
from composelib.task import Task


@dataclass(frozen=True)
class OstreeRefsJob:
    """The commits that are released, and the refs of all images."""

    repository: Path
    records: tuple[Path, ...]
    """The record of each image's commit; a failable image that failed has none."""
    refs: tuple[str, ...]
    """The refs that the repository keeps, with their history; all others are removed."""
    sign: str | None
    """The fingerprint of the key that signs; None for the checkout's own."""
    key_home: Path
    epoch: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return the one task that releases the commits; it waits for everything that a finished compose must have."""
    deliverables = compose.deliverables(OstreeImage)
    if not deliverables:
        return ()
    required = list_records(compose, deliverables, failable=False)
    optional = list_records(compose, deliverables, failable=True)
    job = OstreeRefsJob(
        repository=compose.paths.ostree,
        records=(*required, *optional),
        refs=tuple(name_ref(compose.release, deliverable) for deliverable in deliverables),
        sign=compose.sign,
        key_home=compose.paths.key_home,
        epoch=compose.paths.epoch,
    )
    return (
        Task(
            name="summary",
            doc="release the commits: move the refs, sign the summary",
            run=partial(release, job),
            inputs=(*required, compose.paths.archive_key),
            optional=optional,
            order_only=(job.epoch, *compose.required_results),
            consulted=(compose.paths.ostree_claim,),
            outputs=(job.repository / "summary", job.repository / "summary.sig"),
            uses={"refs": sorted(job.refs), "sign": job.sign},
            tools=("ostree",),
            pool="sign",
        ),
    )


def list_records(
    compose: Compose, deliverables: tuple[Deliverable[OstreeImage], ...], *, failable: bool
) -> tuple[Path, ...]:
    """Return the records of the commits of the deliverables that may fail, or of those that may not."""
    return tuple(
        compose.paths.commit(deliverable.variant.name, deliverable.arch, deliverable.image.name)
        for deliverable in deliverables
        if deliverable.failable is failable
    )


def release(job: OstreeRefsJob) -> None:
    """Move the refs to the commits, keep the commits before them in history, sign the summary.

    A ref whose image failed stays where it is. Refs and history of removed images are deleted with their commits.
    Raise ComposeError if a commit is missing, MachineError if the disk is full.
    """
    from composelib.actions import ostree_refs as actions

    actions.release(job)
