"""Make raw disks of root file systems, which start by BIOS and UEFI, before they are delivered in any format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import astuple
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.filesystems.traits import TRAITS
from composelib.image.media import programs
from composelib.image.media.disk_layout import DiskOptions
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import DiskImage
from composelib.model.image_traits import ALWAYS, ConvertedImage
from composelib.model.partition import ROOT_ALONE, DiskPartition
from composelib.task import Task


@dataclass(frozen=True)
class ImageBuildJob:
    """A raw disk and the root file system on it."""

    options: DiskOptions
    root: Path
    """The tar of the root file system."""
    raw: Path
    """The disk to make."""
    epoch: Path
    work: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each image that is delivered as a disk of a root file system, and each of its arches."""
    return tuple(plan_image(compose, deliverable) for deliverable in list_disks(compose))


def list_disks(compose: Compose) -> Iterator[Deliverable[ConvertedImage]]:
    """Yield the images that are made of a root file system and have a disk's format."""
    for deliverable in compose.deliverables(ConvertedImage):
        if deliverable.image.has_root and any(map(programs.is_disk, deliverable.image.delivered_formats)):
            yield deliverable


def plan_image(compose: Compose, deliverable: Deliverable[ConvertedImage]) -> Task:
    """Return the task of one image and arch."""
    variant, arch, image, paths = deliverable.variant, deliverable.arch, deliverable.image, compose.paths
    disk = image if isinstance(image, DiskImage) else None
    job = ImageBuildJob(
        options=DiskOptions(
            name=paths.image_name(variant.name, arch, image.name, ""),
            arch=arch,
            title=f"{compose.release.name} {compose.release.version} {variant.name}",
            size=disk.size if disk else 0,
            append=image.customize.kernel_append,
            cloud_init=disk is not None and disk.cloud_init,
            secure_boot=(disk and disk.secure_boot) or "",
            growth=choose_growth(disk) if disk else "",
            partitions=(disk and disk.partitions) or ROOT_ALONE,
        ),
        root=paths.rootfs(variant.name, arch, image.name),
        raw=paths.raw_disk(variant.name, arch, image),
        epoch=paths.epoch,
        work=paths.work("image_build", variant.name, f"{arch}-{image.name}"),
    )
    return Task(
        name=deliverable.name,
        doc=f"make the disk {image.name} for {arch}",
        run=partial(build_disk, job),
        inputs=(job.root,),
        order_only=(job.epoch,),
        scratch=(job.work,),
        outputs=(job.raw,),
        uses={"options": list(astuple(job.options))},
        tools=list_programs(arch, job.options.partitions),
        failable=deliverable.failable,
        pool="images",
    )


def choose_growth(image: DiskImage) -> str:
    """Return whether a disk's last partition grows: always where the config names it, else as it says of the root."""
    return ALWAYS if any(partition.grow for partition in image.partitions) else image.grow or ""


def list_programs(arch: str, partitions: Iterable[DiskPartition]) -> tuple[str, ...]:
    """Return the programs that make a disk for an arch with these partitions."""
    writers = {program for partition in partitions for program in TRAITS[partition.fs].programs}
    return tuple(sorted(programs.list_disk_programs(arch) | writers))


def build_disk(job: ImageBuildJob) -> None:
    """Make a raw disk. Raise ComposeError, MachineError."""
    from composelib.actions import image_build

    image_build.build_disk(job)
