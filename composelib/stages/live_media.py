"""Make live media: a root file system in squashfs that live-boot starts, from CD or stick, by BIOS or UEFI."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.media import programs
from composelib.image.media.identifiers import name_volume
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import LiveImage
from composelib.task import Task


@dataclass(frozen=True)
class LiveJob:
    """A live medium."""

    arch: str
    title: str
    volume: str
    append: str
    """Further arguments of the kernel."""
    secure_boot: str
    """Whether it starts by Debian's signed boot loaders: `always`, `if-signed` or empty."""
    root: Path
    """The tar of the root file system."""
    epoch: Path
    work: Path
    iso: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each live image and arch."""
    return tuple(plan_live(compose, deliverable) for deliverable in compose.deliverables(LiveImage))


def plan_live(compose: Compose, deliverable: Deliverable[LiveImage]) -> Task:
    """Return the task of one live medium."""
    variant, arch, image = deliverable.variant, deliverable.arch, deliverable.image
    release, paths = compose.release, compose.paths
    job = LiveJob(
        arch=arch,
        title=f"{release.name} {release.version} {variant.name}",
        volume=name_volume(image.volume_id, release, deliverable),
        append=image.customize.kernel_append,
        secure_boot=image.secure_boot or "",
        root=paths.rootfs(variant.name, arch, image.name),
        epoch=paths.epoch,
        work=paths.work("live_media", variant.name, f"{arch}-{image.name}"),
        iso=paths.iso(variant.name, arch, image.name),
    )
    return Task(
        name=deliverable.name,
        doc=f"make the live medium {job.iso.name}",
        run=partial(make_live, job),
        inputs=(job.root,),
        order_only=(job.epoch,),
        scratch=(job.work,),
        outputs=(job.iso,),
        uses={
            "arch": arch,
            "title": job.title,
            "volume": job.volume,
            "append": job.append,
            "secure-boot": job.secure_boot,
        },
        tools=(*programs.ISO, "tar2sqfs"),
        failable=deliverable.failable,
        pool="images",
    )


def make_live(job: LiveJob) -> None:
    """Make a live ISO. Raise ComposeError if the root has no kernel, no initramfs or no live-boot."""
    from composelib.actions import live_media

    live_media.make_live(job)
