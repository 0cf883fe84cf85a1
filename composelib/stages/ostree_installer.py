"""Make media that deploy a commit on a blank disk, unattended and without a network."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.media.identifiers import make_volume_id
from composelib.image.media.programs import ISO, list_disk_programs
from composelib.image.ostree.source import CommitSource
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import OstreeImage, OstreeInstallerImage
from composelib.task import Task


@dataclass(frozen=True)
class OstreeInstallerJob:
    """A medium, the commit that it installs, and the root file system that its programs come from."""

    name: str
    """The name that the UUIDs of the installed disk are derived from."""
    arch: str
    title: str
    """The name of the system in the boot menu."""
    volume: str
    append: str
    """Further arguments of the installed system's kernel."""
    secure_boot: str
    """Whether it and what it installs start by Debian's signed boot loaders: `always`, `if-signed` or empty."""
    source: CommitSource
    root: Path
    """The root file system of the commit, as a tar."""
    root_label: str
    """The name of the commit's image in messages."""
    epoch: Path
    work: Path
    iso: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each installer of an OSTree image, and each of its arches."""
    return tuple(
        plan_image(compose, deliverable, deliverable.source)
        for deliverable in compose.deliverables(OstreeInstallerImage)
        if isinstance(deliverable.source, OstreeImage)
    )


def plan_image(compose: Compose, deliverable: Deliverable[OstreeInstallerImage], source: OstreeImage) -> Task:
    """Return the task of one image and arch; `source` is the image that it installs."""
    job = plan_installer(compose, deliverable, source)
    return Task(
        name=deliverable.name,
        doc=f"make the medium {job.iso.name}, which installs {source.name}",
        run=partial(make_installer, job),
        inputs=(job.source.record, job.root, job.source.key),
        order_only=(job.epoch,),
        consulted=(compose.paths.ostree_claim,),
        scratch=(job.work,),
        outputs=(job.iso,),
        uses={"medium": [job.name, job.arch, job.title, job.volume, job.append, job.secure_boot], "os": job.source.os},
        tools=tuple(sorted({*ISO, *list_disk_programs(job.arch), "ostree", "unshare"} - {"tar"})),
        failable=deliverable.failable,
        pool="images",
    )


def plan_installer(
    compose: Compose, deliverable: Deliverable[OstreeInstallerImage], source: OstreeImage
) -> OstreeInstallerJob:
    """Return the job that makes a medium."""
    variant, arch, image = deliverable.variant.name, deliverable.arch, deliverable.image
    release = compose.release
    return OstreeInstallerJob(
        name=compose.paths.image_name(variant, arch, image.name, ""),
        arch=arch,
        title=f"{release.name} {release.version} {variant} {source.name}",
        volume=image.volume_id or make_volume_id(release.short, release.version, variant, image.name, arch),
        append=source.customize.kernel_append,
        secure_boot=image.secure_boot or "",
        source=CommitSource(
            record=compose.paths.commit(variant, arch, source.name),
            repository=compose.paths.ostree,
            key=compose.paths.archive_key,
            os=release.short,
        ),
        root=compose.paths.rootfs(variant, arch, source.name),
        root_label=f"{variant}'s image {source.name}",
        epoch=compose.paths.epoch,
        work=compose.paths.work("ostree_installer", variant, f"{arch}-{image.name}"),
        iso=compose.paths.iso(variant, arch, image.name),
    )


def make_installer(job: OstreeInstallerJob) -> None:
    """Make a medium that installs a commit.

    Raise MachineError if not root, ComposeError if the commit's root lacks a program that installs it.
    """
    from composelib.actions import ostree_installer as actions

    actions.make_installer(job)
