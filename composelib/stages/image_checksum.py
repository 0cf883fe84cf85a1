"""Write the SHA256 and SHA512 of every image beside it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import IsoImage
from composelib.model.image_traits import Image
from composelib.task import Task


@dataclass(frozen=True)
class SumJob:
    """An image to hash."""

    files: tuple[Path, ...]
    sum_files: tuple[Path, ...]
    """The output with the SHA256 for each file."""
    long_sum_files: tuple[Path, ...]
    """The output with the SHA512 for each file."""
    further: Path | None
    """The list of the discs after the first, if the image is a set."""
    root: Path
    """The folder that the paths in `further` are relative to."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each image, so that an unchanged image is not read again."""
    images = [deliverable for deliverable in compose.deliverables(Image) if list_files(compose, deliverable)]
    return tuple(plan_sum(compose, deliverable) for deliverable in images)


def list_files(compose: Compose, deliverable: Deliverable[Image]) -> tuple[Path, ...]:
    """Return the files that an image is delivered as."""
    return compose.paths.image_files(deliverable.variant.name, deliverable.arch, deliverable.image)


def plan_sum(compose: Compose, deliverable: Deliverable[Image]) -> Task:
    """Return the task that hashes one image."""
    variant, arch, image, paths = deliverable.variant, deliverable.arch, deliverable.image, compose.paths
    files = list_files(compose, deliverable)
    is_set = isinstance(image, IsoImage) and image.split
    job = SumJob(
        files=files,
        sum_files=tuple(paths.sum_file(path) for path in files),
        long_sum_files=tuple(paths.sum_file(path, ".sha512") for path in files),
        further=paths.further_discs(variant.name, arch, image.name) if is_set else None,
        root=paths.root,
    )
    return Task(
        name=deliverable.name,
        doc=f"write the sums of {variant.name}'s {image.name} for {arch}",
        run=partial(hash_image, job),
        inputs=(*files, *([job.further] if job.further else [])),
        outputs=(*job.sum_files, *job.long_sum_files),
        uses={},
        failable=deliverable.failable,
        pool="images",
    )


def hash_image(job: SumJob) -> None:
    """Write beside each file of an image its SHA256 and SHA512, as sha256sum(1) and sha512sum(1) would."""
    from composelib.actions import image_checksum

    image_checksum.hash_image(job)
