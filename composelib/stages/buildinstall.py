"""Lay out debian-installer's kernel, initramfs and boot files, for media and for booting from the network."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.media.installer_archive import NETWORK_FOLDER, InstallerArchive
from composelib.model.compose import Compose
from composelib.model.image import NetbootImage
from composelib.model.image_traits import Image
from composelib.model.variant import INSTALLER, Variant
from composelib.task import Task


@dataclass(frozen=True)
class InstallerSourceJob:
    """The archives to look for an installer in, and where its files go."""

    arch: str
    medium: bool
    """Whether the images for discs are needed as well as those for the network."""
    archives: tuple[InstallerArchive, ...]
    store: Path
    root: Path
    """The folder that the paths in `stored` are relative to."""
    output: Path
    """JSON: which installer was found, and the SHA256 of its files."""
    stored: Path
    """The tree list of its files in the store."""


@dataclass(frozen=True)
class InstallerLayoutJob:
    """An installer to lay out: the netboot tree, and for media a kernel and initramfs."""

    source: Path
    """The output of the task that finds the installer."""
    store: Path
    epoch: Path
    root: Path
    """The folder that the paths in `listing` are relative to."""
    work: Path
    netboot: Path
    """The folder of the netboot tree."""
    network_pair: tuple[Path, Path]
    """The kernel and initramfs in the netboot tree."""
    listing: Path
    """The tree list of the netboot tree."""
    udebs: Path | None
    """The index of the udebs that media have; None if there is no medium."""
    repository: Path
    """The folder that the paths of udebs are relative to."""
    medium_pair: tuple[Path, Path]
    """The kernel and initramfs for media."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return two tasks for each variant and arch that has an installer: one finds it, the other lays it out."""
    pairs = [
        (variant, arch)
        for variant in compose.variants
        for arch in variant.arches
        if list_installer_images(variant, arch)
    ]
    return tuple(task for pair in pairs for task in (plan_source(compose, *pair), plan_layout(compose, *pair)))


def list_installer_images(variant: Variant, arch: str) -> list[Image]:
    """Return the images of a variant that start an installer of an arch."""
    netboot = [image for image in variant.images if isinstance(image, NetbootImage) and arch in image.arches]
    return [*variant.installers(arch), *netboot]


def plan_source(compose: Compose, variant: Variant, arch: str) -> Task:
    """Return the task that finds and fetches the installer."""
    archives = tuple(list_archives(compose, arch))
    job = InstallerSourceJob(
        arch=arch,
        medium=bool(variant.installers(arch)),
        archives=archives,
        store=compose.paths.store,
        root=compose.paths.root,
        output=compose.paths.work("buildinstall", variant.name, f"{arch}.json"),
        stored=compose.paths.work("buildinstall", variant.name, f"{arch}.stored"),
    )
    return Task(
        name=f"{variant.name}:{arch}:source",
        doc=f"find debian-installer for {variant.name} on {arch} in the archives",
        run=partial(find_installer, job),
        inputs=(
            *(path for archive in archives for path in archive.release_files),
            *(archive.packages for archive in archives),
        ),
        order_only=tuple(archive.signatures for archive in archives),
        outputs=(job.output, job.stored),
        trees=(job.stored,),
        consulted=(*compose.paths.store_ledger, compose.paths.store_controls),
        uses={"archives": [[archive.name, list(archive.components)] for archive in archives], "medium": job.medium},
        failable=installer_may_fail(variant, arch),
        pool="network",
    )


def list_archives(compose: Compose, arch: str) -> Iterator[InstallerArchive]:
    """Yield the archives that may have an installer for an arch."""
    for archive in compose.archives:
        if archive.uri and not archive.lookaside and archive.has_packages_for(arch):
            yield InstallerArchive(
                name=archive.name,
                access=archive.access,
                suites=archive.suites,
                components=archive.components,
                release_files=tuple(compose.paths.inrelease(archive, suite) for suite in archive.suites),
                signatures=compose.paths.signatures(archive),
                packages=compose.paths.pkgset(archive, arch),
            )


def plan_layout(compose: Compose, variant: Variant, arch: str) -> Task:
    """Return the task that lays the installer out in the compose."""
    paths, medium = compose.paths, bool(variant.installers(arch))
    network = paths.installer(variant.name, arch, "netboot", NETWORK_FOLDER, arch)
    job = InstallerLayoutJob(
        source=paths.work("buildinstall", variant.name, f"{arch}.json"),
        store=paths.store,
        epoch=paths.epoch,
        root=paths.root,
        work=paths.work("buildinstall", variant.name, f"{arch}.work"),
        netboot=paths.installer(variant.name, arch, "netboot"),
        network_pair=(network / "linux", network / "initrd.gz"),
        listing=paths.work("buildinstall", variant.name, f"{arch}.list"),
        udebs=paths.packages_index(variant.name, arch, INSTALLER) if medium else None,
        repository=paths.repository(variant.name),
        medium_pair=(
            paths.installer(variant.name, arch, "cdrom", "vmlinuz"),
            paths.installer(variant.name, arch, "cdrom", "initrd.gz"),
        ),
    )
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"lay out debian-installer for {variant.name} on {arch}",
        run=partial(lay_out, job),
        inputs=(job.source, *((job.udebs,) if job.udebs else ())),
        order_only=(job.epoch,),
        consulted=(
            *compose.paths.store_ledger,
            compose.paths.work("buildinstall", variant.name, f"{arch}.stored"),
            *((compose.paths.pool_list(variant.name, arch), *compose.paths.store_ledger) if medium else ()),
        ),
        scratch=(job.work,),
        outputs=(*(job.medium_pair if medium else ()), *job.network_pair, job.listing),
        trees=(job.listing,),
        uses={"medium": medium},
        tools=("dpkg-deb", *(("depmod",) if medium else ())),
        failable=installer_may_fail(variant, arch),
    )


def installer_may_fail(variant: Variant, arch: str) -> bool:
    """Return whether every image that starts the installer may fail on an arch."""
    return all(image.may_fail(arch) for image in list_installer_images(variant, arch))


def find_installer(job: InstallerSourceJob) -> None:
    """Find and fetch the installer. Raise ComposeError if no archive has one, TrustError, NetworkError."""
    from composelib.actions import buildinstall

    buildinstall.find_installer(job)


def lay_out(job: InstallerLayoutJob) -> None:
    """Lay out the netboot tree, and for media a kernel and initramfs. Raise ComposeError if a part is missing."""
    from composelib.actions import buildinstall

    buildinstall.lay_out(job)
