"""Make disk images that start by BIOS and UEFI, and tars of root file systems, in all configured formats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.media import programs
from composelib.image.media.disk_layout import DiskOptions
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import DiskImage, RootImage
from composelib.model.image_traits import RootedImage
from composelib.task import Task


@dataclass(frozen=True)
class ImageBuildJob:
    """An image in one or several formats."""

    options: DiskOptions
    """For a tar only `name` matters."""
    outputs: tuple[tuple[str, Path], ...]
    """Each format, such as `raw.xz` or `tar`, with its file."""
    root: Path
    """The tar of the root file system."""
    epoch: Path
    work: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each disk or root image that is made of a root file system, and each of its arches."""
    return tuple(
        plan_image(compose, deliverable)
        for deliverable in compose.deliverables(RootedImage)
        if isinstance(deliverable.image, (DiskImage, RootImage)) and deliverable.image.has_root
    )


def plan_image(compose: Compose, deliverable: Deliverable[RootedImage]) -> Task:
    """Return the task of one image and arch."""
    variant, arch, image, paths = deliverable.variant, deliverable.arch, deliverable.image, compose.paths
    stem = paths.image(variant.name, arch, image.name, "")
    files = paths.image_files(variant.name, arch, image)
    job = ImageBuildJob(
        options=DiskOptions(
            name=stem.name,
            arch=arch,
            title=f"{compose.release.name} {compose.release.version} {variant.name}",
            size=image.size if isinstance(image, DiskImage) else 0,
            append=image.customize.kernel_append,
            cloud_init=isinstance(image, DiskImage) and image.cloud_init,
            secure_boot=(isinstance(image, DiskImage) and image.secure_boot) or "",
            growth=(isinstance(image, DiskImage) and image.grow) or "",
        ),
        outputs=tuple((path.name.removeprefix(f"{stem.name}."), path) for path in files),
        root=paths.rootfs(variant.name, arch, image.name),
        epoch=paths.epoch,
        work=paths.work("image_build", variant.name, f"{arch}-{image.name}"),
    )
    forms = [form for form, _ in job.outputs]
    return Task(
        name=deliverable.name,
        doc=f"make {image.name} for {arch} as {', '.join(forms)}",
        run=partial(build, job),
        inputs=(job.root,),
        order_only=(job.epoch,),
        scratch=(job.work,),
        outputs=files,
        uses={"options": list(astuple(job.options)), "formats": forms},
        tools=list_programs(arch, forms),
        failable=deliverable.failable,
        pool="images",
    )


def list_programs(arch: str, forms: Iterable[str]) -> tuple[str, ...]:
    """Return the programs that make an image of an arch in these formats."""
    needed = {program for form in forms for program in programs.list_format_programs(form)}
    needed |= programs.list_disk_programs(arch) if any(map(programs.is_disk, forms)) else set()
    return tuple(sorted(needed))


def build(job: ImageBuildJob) -> None:
    """Make an image in each format. Raise ComposeError, MachineError."""
    from composelib.actions import image_build

    image_build.build(job)
