"""Deliver disks, and root file systems as tars, in each of their formats."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.media import programs
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image_traits import ConvertedImage
from composelib.task import Task


@dataclass(frozen=True)
class ImageFormatJob:
    """An image in one format."""

    source: Path
    """The raw disk, or the tar of the root file system."""
    form: str
    """The format, such as `raw.xz` or `tar`."""
    output: Path
    name: str
    """The name of the image, which UUIDs are derived from."""
    arch: str
    epoch: Path
    work: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each format of each disk or root image, and each of its arches."""
    return tuple(
        task for deliverable in compose.deliverables(ConvertedImage) for task in plan_formats(compose, deliverable)
    )


def plan_formats(compose: Compose, deliverable: Deliverable[ConvertedImage]) -> Iterator[Task]:
    """Yield the tasks of one image and arch."""
    variant, arch, image, paths = deliverable.variant.name, deliverable.arch, deliverable.image, compose.paths
    disk, root = paths.raw_disk(variant, arch, image), paths.rootfs(variant, arch, image.name)
    for form, output in zip(image.delivered_formats, paths.image_files(variant, arch, image), strict=True):
        job = ImageFormatJob(
            source=disk if programs.is_disk(form) else root,
            form=form,
            output=output,
            name=paths.image_name(variant, arch, image.name, ""),
            arch=arch,
            epoch=paths.epoch,
            work=paths.work("image_format", variant, f"{arch}-{image.name}.{form}"),
        )
        yield Task(
            name=f"{deliverable.name}:{form}",
            doc=f"deliver {image.name} for {arch} as {form}",
            run=partial(deliver_format, job),
            inputs=(job.source,),
            order_only=(job.epoch,),
            scratch=(job.work,),
            outputs=(job.output,),
            uses={"format": form, "name": job.name, "arch": arch},
            tools=tuple(sorted(programs.list_format_programs(form))),
            failable=deliverable.failable,
            pool="images",
        )


def deliver_format(job: ImageFormatJob) -> None:
    """Write an image in its format. Raise BadImageError, MachineError."""
    from composelib.actions import image_format

    image_format.deliver_format(job)
