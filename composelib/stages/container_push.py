"""Push containers to their registries by digest and tag them, once nothing can doom the compose."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.placeholders import fill_placeholders
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import ContainerImage
from composelib.task import Task

ALL = "all"
"""Stands for all arches in the name of a task."""


@dataclass(frozen=True)
class ContainerPushJob:
    """An OCI archive with its SBOM, and where it is pushed to."""

    archive: Path
    sbom: Path
    address: str
    """`REGISTRY/NAME:TAG`."""
    cosign_key: Path | None
    """The private key that signs it; None for no signature."""
    record: Path
    """The file that says what was pushed."""


@dataclass(frozen=True)
class IndexPushJob:
    """The images of a container's arches, and where their index is pushed to."""

    records: tuple[tuple[str, Path], ...]
    """Each arch, and the file that says what was pushed of it; there is none of one that may fail and did."""
    address: str
    cosign_key: Path | None
    record: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each container with an address and each of its arches, and one for the index of several arches."""
    deliverables = [item for item in compose.deliverables(ContainerImage) if item.image.push]
    indexed = [item for item in deliverables if is_indexed(item.image) and item.arch == item.image.arches[0]]
    return (
        *(plan_push(compose, deliverable) for deliverable in deliverables),
        *(plan_index(compose, deliverable) for deliverable in indexed),
    )


def is_indexed(image: ContainerImage) -> bool:
    """Return whether an image has one address for several arches."""
    return len(image.arches) > 1 and "{arch}" not in image.push


def plan_push(compose: Compose, deliverable: Deliverable[ContainerImage]) -> Task:
    """Return the task of one image and arch."""
    variant, arch, image = deliverable.variant, deliverable.arch, deliverable.image
    job = ContainerPushJob(
        archive=compose.paths.image(variant.name, arch, image.name, ".oci.tar"),
        sbom=compose.paths.image(variant.name, arch, image.name, ".spdx.json"),
        address=find_address(compose, deliverable),
        cosign_key=image.cosign_key,
        record=compose.paths.push_record(variant.name, arch, image.name),
    )
    return Task(
        name=deliverable.name,
        doc=f"push {job.archive.name} to {job.address}",
        run=partial(push, job),
        inputs=(job.archive, job.sbom, *list_keys(job.cosign_key)),
        order_only=(*compose.required_results, compose.paths.checksums),
        scratch=tuple(job.record.with_suffix(suffix) for suffix in (".sbom", ".sig")),
        outputs=(job.record,),
        uses={"address": job.address},
        tools=list_tools(job.cosign_key),
        failable=deliverable.failable,
        pool="network",
    )


def plan_index(compose: Compose, deliverable: Deliverable[ContainerImage]) -> Task:
    """Return the task of a container's index; the deliverable is that of one of its arches."""
    variant, image = deliverable.variant.name, deliverable.image
    records = {arch: compose.paths.push_record(variant, arch, image.name) for arch in image.arches}
    job = IndexPushJob(
        records=tuple(records.items()),
        address=find_shared_address(compose, deliverable),
        cosign_key=image.cosign_key,
        record=compose.paths.push_record(variant, ALL, image.name),
    )
    required = [path for arch, path in records.items() if not image.may_fail(arch)]
    return Task(
        name=f"{variant}:{ALL}:{image.name}",
        doc=f"push the index of {image.name} to {job.address}",
        run=partial(push_index, job),
        inputs=(*required, *list_keys(job.cosign_key)),
        optional=tuple(path for path in records.values() if path not in required),
        scratch=tuple(job.record.with_suffix(suffix) for suffix in (".index", ".sig")),
        outputs=(job.record,),
        uses={"address": job.address, "arches": list(records)},
        tools=list_tools(job.cosign_key),
        failable=not required,
        pool="network",
    )


def list_keys(cosign_key: Path | None) -> tuple[Path, ...]:
    """Return the key that signs, if there is one."""
    return (cosign_key,) if cosign_key else ()


def list_tools(cosign_key: Path | None) -> tuple[str, ...]:
    """Return the programs that push, and sign if there is a key."""
    return ("skopeo", "openssl") if cosign_key else ("skopeo",)


def find_address(compose: Compose, deliverable: Deliverable[ContainerImage]) -> str:
    """Return `REGISTRY/NAME:TAG` of one arch: the arch ends the tag if the image has several and `push` has no `{arch}`."""
    address = find_shared_address(compose, deliverable)
    return f"{address}-{deliverable.arch}" if is_indexed(deliverable.image) else address


def find_shared_address(compose: Compose, deliverable: Deliverable[ContainerImage]) -> str:
    """Return `REGISTRY/NAME:TAG` as the config has it, with the version as the tag if it has none."""
    image = deliverable.image
    address = fill_placeholders(image.push, compose.release, deliverable)
    if ":" not in address.rpartition("/")[2]:
        address = f"{address}:{compose.release.version}"
    return address


def push_index(job: IndexPushJob) -> None:
    """Push an index of images by its digest, then tag it."""
    from composelib.actions import container_push as actions

    actions.push_index(job)


def push(job: ContainerPushJob) -> None:
    """Push an image by its digest with its SBOM attached, then tag it."""
    from composelib.actions import container_push as actions

    actions.push(job)
