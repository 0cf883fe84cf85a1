"""Push containers to their registries by digest and tag them, once nothing can doom the compose."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from composelib.image.placeholders import fill_placeholders
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import ContainerImage
from composelib.task import Task


@dataclass(frozen=True)
class ContainerPushJob:
    """An OCI archive with its SBOM, and where it is pushed to."""

    archive: Path
    sbom: Path
    address: str
    """`REGISTRY/NAME:TAG`."""
    record: Path
    """The file that says what was pushed."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each container with an address to push it to, and each of its arches."""
    return tuple(
        plan_push(compose, deliverable)
        for deliverable in compose.deliverables(ContainerImage)
        if deliverable.image.push
    )


def plan_push(compose: Compose, deliverable: Deliverable[ContainerImage]) -> Task:
    """Return the task of one image and arch."""
    variant, arch, image = deliverable.variant, deliverable.arch, deliverable.image
    job = ContainerPushJob(
        archive=compose.paths.image(variant.name, arch, image.name, ".oci.tar"),
        sbom=compose.paths.image(variant.name, arch, image.name, ".spdx.json"),
        address=find_address(compose, deliverable),
        record=compose.paths.work("container_push", variant.name, f"{arch}-{image.name}.json"),
    )
    return Task(
        name=deliverable.name,
        doc=f"push {job.archive.name} to {job.address}",
        run=partial(push, job),
        inputs=(job.archive, job.sbom),
        order_only=(*compose.required_results, compose.paths.checksums),
        scratch=(job.record.with_suffix(".sbom"),),
        outputs=(job.record,),
        uses={"address": job.address},
        tools=("skopeo",),
        failable=deliverable.failable,
        pool="network",
    )


def find_address(compose: Compose, deliverable: Deliverable[ContainerImage]) -> str:
    """Return `REGISTRY/NAME:TAG`; the arch ends the tag if the image has several and `push` has no `{arch}`."""
    image = deliverable.image
    address = fill_placeholders(image.push, compose.release, deliverable)
    if ":" not in address.rpartition("/")[2]:
        address = f"{address}:{compose.release.version}"
    return f"{address}-{deliverable.arch}" if len(image.arches) > 1 and "{arch}" not in image.push else address


def push(job: ContainerPushJob) -> None:
    """Push an image by its digest with its SBOM attached, then tag it."""
    from composelib.actions import container_push as actions

    actions.push(job)
