"""Make bootable containers (bootc) of OSTree commits, as OCI archives in layers by package."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.oci.description import ContainerDescription, describe_container
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import ContainerImage, OstreeImage
from composelib.task import Task


@dataclass(frozen=True)
class OstreeContainerJob:
    """A container image and the commit that it is made of."""

    description: ContainerDescription
    bootc: bool
    """Whether its labels say that bootc can boot it."""
    record: Path
    """JSON: the record of the commit, as `ostree` wrote it."""
    repository: Path
    work: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each container that is made of an OSTree image, and each of its arches."""
    return tuple(
        plan_container(compose, deliverable, deliverable.source)
        for deliverable in compose.deliverables(ContainerImage)
        if isinstance(deliverable.source, OstreeImage)
    )


def plan_container(compose: Compose, deliverable: Deliverable[ContainerImage], source: OstreeImage) -> Task:
    """Return the task of one image and arch; `source` is the image that it is made of."""
    variant, arch, image = deliverable.variant, deliverable.arch, deliverable.image
    job = OstreeContainerJob(
        description=describe_container(compose, deliverable),
        bootc=image.bootc,
        record=compose.paths.commit(variant.name, arch, source.name),
        repository=compose.paths.ostree,
        work=compose.paths.work("ostree_container", variant.name, f"{arch}-{image.name}"),
    )
    description = job.description
    return Task(
        name=deliverable.name,
        doc=f"make the container {description.archive.name} of {source.name}",
        run=partial(make_container, job),
        inputs=(job.record, description.packages),
        order_only=(description.epoch,),
        consulted=(compose.paths.ostree_claim,),
        scratch=(job.work,),
        outputs=(description.archive,),
        uses={"description": description.uses, "bootc": job.bootc},
        tools=("ostree",),
        failable=deliverable.failable,
        pool="images",
    )


def make_container(job: OstreeContainerJob) -> None:
    """Make a container of a commit."""
    from composelib.actions import ostree_container as actions

    actions.make_container(job)
