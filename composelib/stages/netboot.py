"""Make small ISO images that start debian-installer, which downloads everything it installs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.media import programs
from composelib.image.media.identifiers import name_volume
from composelib.image.media.installer_archive import NETWORK_FOLDER
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import NetbootImage
from composelib.task import Task


@dataclass(frozen=True)
class NetbootJob:
    """A medium that starts the installer."""

    arch: str
    title: str
    volume: str
    kernel: Path
    initrd: Path
    listing: Path
    """The list of the files of the installer, relative to the compose's folder."""
    preseed: Path | None
    secure_boot: str
    """Whether it starts by the signed boot loaders in the kernel's folder: `always`, `if-signed` or empty."""
    epoch: Path
    work: Path
    iso: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each image of kind netboot and each of its arches."""
    return tuple(plan_netboot(compose, deliverable) for deliverable in compose.deliverables(NetbootImage))


def plan_netboot(compose: Compose, deliverable: Deliverable[NetbootImage]) -> Task:
    """Return the task of one medium."""
    variant, arch, image = deliverable.variant, deliverable.arch, deliverable.image
    release, paths = compose.release, compose.paths
    folder = paths.installer(variant.name, arch, "netboot", NETWORK_FOLDER, arch)
    job = NetbootJob(
        arch=arch,
        title=f"{release.name} {release.version} {variant.name}",
        volume=name_volume(image.volume_id, release, deliverable),
        kernel=folder / "linux",
        initrd=folder / "initrd.gz",
        listing=paths.work("buildinstall", variant.name, f"{arch}.list"),
        preseed=image.preseed,
        secure_boot=image.secure_boot or "",
        epoch=paths.epoch,
        work=paths.work("netboot", variant.name, f"{arch}-{image.name}"),
        iso=paths.iso(variant.name, arch, image.name),
    )
    return Task(
        name=deliverable.name,
        doc=f"make the medium {job.iso.name}, which installs from the network",
        run=partial(make_iso, job),
        inputs=(
            *(job.kernel, job.initrd, paths.work("buildinstall", variant.name, f"{arch}.json")),
            *((job.preseed,) if job.preseed else ()),
        ),
        order_only=(job.epoch,),
        consulted=(job.listing,),
        scratch=(job.work,),
        outputs=(job.iso,),
        uses={
            "arch": arch,
            "title": job.title,
            "volume": job.volume,
            "preseed": job.preseed is not None,
            "secure-boot": job.secure_boot,
        },
        tools=programs.ISO,
        failable=deliverable.failable,
        pool="images",
    )


def make_iso(job: NetbootJob) -> None:
    """Make a medium of the installer's kernel and initramfs alone."""
    from composelib.actions import netboot

    netboot.make_iso(job)
