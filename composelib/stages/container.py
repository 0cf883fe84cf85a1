"""Make containers of packages, without a kernel, as OCI archives in layers by package."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.oci.description import ContainerDescription, describe_container
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import ContainerImage, RootImage
from composelib.task import Task


@dataclass(frozen=True)
class ContainerJob:
    """A container image and the root file system that it is made of."""

    description: ContainerDescription
    root: Path
    seeds: tuple[str, ...]
    """Without shell and package manager: the packages that it is for."""
    contained: Path | None
    """Then the list of the packages in it, which are fewer than in the root; None for all."""
    work: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each container that is made of packages or of a root image, and each of its arches."""
    return tuple(
        plan_container(compose, deliverable)
        for deliverable in compose.deliverables(ContainerImage)
        if deliverable.source is None or isinstance(deliverable.source, RootImage)
    )


def plan_container(compose: Compose, deliverable: Deliverable[ContainerImage]) -> Task:
    """Return the task of one image and arch."""
    variant, arch, image = deliverable.variant, deliverable.arch, deliverable.image
    job = ContainerJob(
        description=describe_container(compose, deliverable),
        root=compose.paths.rootfs(variant.name, arch, (deliverable.source or image).name),
        seeds=tuple(seed.text for seed in image.packages) if image.distroless else (),
        contained=compose.paths.container_packages(variant.name, arch, image.name) if image.distroless else None,
        work=compose.paths.work("container", variant.name, f"{arch}-{image.name}"),
    )
    description = job.description
    return Task(
        name=deliverable.name,
        doc=f"make the container {description.archive.name}",
        run=partial(make_container, job),
        inputs=(job.root, description.packages),
        order_only=(description.epoch,),
        scratch=(job.work,),
        outputs=(description.archive, *((job.contained,) if job.contained else ())),
        uses={"description": description.uses, "distroless": list(job.seeds)},
        failable=deliverable.failable,
        pool="images",
    )


def make_container(job: ContainerJob) -> None:
    """Make a container of a root file system."""
    from composelib.actions import container as actions

    actions.make_container(job)
