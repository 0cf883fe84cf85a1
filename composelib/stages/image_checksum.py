"""Write the SHA256 of every image, and a signed list of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import Image, IsoImage
from composelib.task import Task


@dataclass(frozen=True)
class SumJob:
    """An image to hash."""

    files: tuple[Path, ...]
    sum_files: tuple[Path, ...]
    """The output for each file."""
    further: Path | None
    """The list of the discs after the first, if the image is a set."""
    root: Path
    """The folder that the paths in `further` are relative to."""


@dataclass(frozen=True)
class SumListJob:
    """The signed list of all sums."""

    sum_files: tuple[Path, ...]
    """The checksum files of all images; those of images that failed do not exist."""
    tree: Path
    """The folder that the paths in the list are relative to."""
    sign: str | None
    """The signing key; None for the checkout's own, in `key_home`."""
    key_home: Path
    epoch: Path
    checksums: Path
    signature: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each image, and one that lists and signs all sums; none if there are no images."""
    images = [deliverable for deliverable in compose.deliverables(Image) if list_files(compose, deliverable)]
    sums = [plan_sum(compose, deliverable) for deliverable in images]
    return (*sums, plan_list(compose, sums)) if sums else ()


def list_files(compose: Compose, deliverable: Deliverable[Image]) -> tuple[Path, ...]:
    """Return the files that an image is delivered as."""
    return compose.paths.image_files(deliverable.variant.name, deliverable.arch, deliverable.image)


def plan_sum(compose: Compose, deliverable: Deliverable[Image]) -> Task:
    """Return the task that hashes one image, so that an unchanged image is not read again."""
    variant, arch, image, paths = deliverable.variant, deliverable.arch, deliverable.image, compose.paths
    files = list_files(compose, deliverable)
    is_set = isinstance(image, IsoImage) and image.split
    job = SumJob(
        files=files,
        sum_files=tuple(paths.sum_file(path) for path in files),
        further=paths.further_discs(variant.name, arch, image.name) if is_set else None,
        root=paths.root,
    )
    return Task(
        name=deliverable.name,
        doc=f"write the SHA256 of {variant.name}'s {image.name} for {arch}",
        run=partial(hash_image, job),
        inputs=(*files, *([job.further] if job.further else [])),
        outputs=job.sum_files,
        uses={},
        failable=deliverable.failable,
        pool="disk",
    )


def plan_list(compose: Compose, sums: list[Task]) -> Task:
    """Return the task that writes SHA256SUMS, in which failable images that were not made are left out."""
    paths = compose.paths
    required, optional = (
        tuple(path for task in sums if task.failable is failable for path in task.outputs) for failable in (False, True)
    )
    job = SumListJob(
        sum_files=(*required, *optional),
        tree=paths.tree,
        sign=compose.sign,
        key_home=paths.key_home,
        epoch=paths.epoch,
        checksums=paths.checksums,
        signature=paths.checksums.with_name("SHA256SUMS.sign"),
    )
    return Task(
        name=paths.checksums.name,
        doc="list the sums of all images, signed",
        run=partial(list_sums, job),
        inputs=(*required, paths.archive_key),
        optional=optional,
        order_only=(job.epoch,),
        outputs=(job.checksums, job.signature),
        uses={"sign": job.sign},
        tools=("gpg",),
        pool="sign",
    )


def hash_image(job: SumJob) -> None:
    """Write beside each file of an image its SHA256, as sha256sum(1) would."""
    from composelib.actions import image_checksum

    image_checksum.hash_image(job)


def list_sums(job: SumListJob) -> None:
    """Write SHA256SUMS, sorted by path, and its detached signature."""
    from composelib.actions import image_checksum

    image_checksum.list_sums(job)
