"""Make disk images with a commit deployed on them, which start by BIOS and UEFI, update themselves and roll back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.media.programs import list_disk_programs, list_format_programs
from composelib.image.ostree.source import CommitSource
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import DiskImage, OstreeImage
from composelib.task import Task


@dataclass(frozen=True)
class OstreeDiskJob:
    """A disk and the commit on it."""

    name: str
    """The name that its UUIDs are derived from."""
    arch: str
    size: int
    """Bytes; 0 for the size that two deployments need."""
    append: str
    """Further arguments of its kernel."""
    growth: str
    """Whether its root grows when it starts: `always`, `if-possible` or empty."""
    source: CommitSource
    outputs: Mapping[str, Path]
    """The files to make, by format."""
    epoch: Path
    work: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each disk that is made of an OSTree image, and each of its arches."""
    return tuple(
        plan_image(compose, deliverable, deliverable.source)
        for deliverable in compose.deliverables(DiskImage)
        if isinstance(deliverable.source, OstreeImage)
    )


def plan_image(compose: Compose, deliverable: Deliverable[DiskImage], source: OstreeImage) -> Task:
    """Return the task of one image and arch; `source` is the image whose commit is on it."""
    job = plan_disk(compose, deliverable, source)
    return Task(
        name=deliverable.name,
        doc=f"make {deliverable.image.name} of {source.name} for {job.arch} as {', '.join(job.outputs)}",
        run=partial(make_disk, job),
        inputs=(job.source.record, job.source.key),
        order_only=(job.epoch,),
        outputs=tuple(job.outputs.values()),
        consulted=(compose.paths.ostree_claim,),
        scratch=(job.work,),
        uses={
            "disk": [job.name, job.arch, job.size, job.append, job.growth],
            "os": job.source.os,
            "formats": list(job.outputs),
        },
        tools=list_tools(job.arch, job.outputs),
        failable=deliverable.failable,
        pool="images",
    )


def plan_disk(compose: Compose, deliverable: Deliverable[DiskImage], source: OstreeImage) -> OstreeDiskJob:
    """Return the job that makes a disk."""
    variant, arch, image = deliverable.variant.name, deliverable.arch, deliverable.image
    name = compose.paths.image_name(variant, arch, image.name, "")
    return OstreeDiskJob(
        name=name,
        arch=arch,
        size=image.size,
        append=image.customize.kernel_append or source.customize.kernel_append,
        growth=image.grow or "",
        source=CommitSource(
            record=compose.paths.commit(variant, arch, source.name),
            repository=compose.paths.ostree,
            key=compose.paths.archive_key,
            os=compose.release.short,
        ),
        outputs={path.name.removeprefix(f"{name}."): path for path in compose.paths.image_files(variant, arch, image)},
        epoch=compose.paths.epoch,
        work=compose.paths.work("ostree_disk", variant, f"{arch}-{image.name}"),
    )


def list_tools(arch: str, formats: Mapping[str, Path]) -> tuple[str, ...]:
    """Return the programs that make a disk of an arch in these formats."""
    converters = {program for form in formats for program in list_format_programs(form)}
    return tuple(sorted({"ostree", "setpriv", *list_disk_programs(arch), *converters} - {"tar"}))


def make_disk(job: OstreeDiskJob) -> None:
    """Make a disk of a commit in each format. Raise MachineError if not root, ComposeError if the disk is too small."""
    from composelib.actions import ostree_disk as actions

    actions.make_disk(job)
