"""Make raw disks with a commit deployed on them, which start by BIOS and UEFI, update themselves and roll back."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.filesystems.traits import TRAITS
from composelib.image.media.programs import list_disk_programs
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
    secure_boot: str
    """Whether it starts by Debian's signed boot loaders: `always`, `if-signed` or empty."""
    source: CommitSource
    raw: Path
    """The disk to make."""
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
        doc=f"make the disk {deliverable.image.name} of {source.name} for {job.arch}",
        run=partial(make_disk, job),
        inputs=(job.source.record, job.source.key),
        order_only=(job.epoch,),
        outputs=(job.raw,),
        consulted=(compose.paths.ostree_claim,),
        scratch=(job.work,),
        uses={
            "disk": [job.name, job.arch, job.size, job.append, job.growth, job.secure_boot],
            "os": job.source.os,
        },
        tools=tuple(sorted({"ostree", "setpriv", *list_disk_programs(job.arch), *TRAITS["ext4"].programs} - {"tar"})),
        failable=deliverable.failable,
        pool="images",
    )


def plan_disk(compose: Compose, deliverable: Deliverable[DiskImage], source: OstreeImage) -> OstreeDiskJob:
    """Return the job that makes a disk."""
    variant, arch, image = deliverable.variant.name, deliverable.arch, deliverable.image
    return OstreeDiskJob(
        name=compose.paths.image_name(variant, arch, image.name, ""),
        arch=arch,
        size=image.size,
        append=image.customize.kernel_append or source.customize.kernel_append,
        growth=image.grow or "",
        secure_boot=image.secure_boot or "",
        source=CommitSource(
            record=compose.paths.commit(variant, arch, source.name),
            repository=compose.paths.ostree,
            key=compose.paths.archive_key,
            os=compose.release.short,
        ),
        raw=compose.paths.raw_disk(variant, arch, image),
        epoch=compose.paths.epoch,
        work=compose.paths.work("ostree_disk", variant, f"{arch}-{image.name}"),
    )


def make_disk(job: OstreeDiskJob) -> None:
    """Make a disk of a commit. Raise MachineError if not root, ComposeError if the disk is too small."""
    from composelib.actions import ostree_disk as actions

    actions.make_disk(job)
