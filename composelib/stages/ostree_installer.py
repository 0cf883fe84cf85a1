"""Make media that deploy a commit on a blank disk, unattended and without a network."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tarfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from composelib.errors import ComposeError, MachineError
from composelib.files import scratch, write, written_aside
from composelib.image.media import boot, disk_layout, raw_disk
from composelib.image.media.grub_menu import CONSOLES
from composelib.image.media.identifiers import fixed_uuid, volume_id
from composelib.image.oci.build import path_of
from composelib.image.ostree import deployment, installer_init
from composelib.image.ostree.deployment import Source
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.variant import Variant
from composelib.task import Task
from composelib.tools import dracut, grub, ostree, tar, unshare, xorriso
from composelib.tools.run import run

NOMINAL = 1 << 30
"""Bytes of the disk that the head of the installed one is laid out for; the root partition then grows."""


@dataclass(frozen=True)
class Medium:
    """What decides a medium, beside the commit and its root."""

    name: str
    arch: str
    title: str
    volume: str
    append: str
    root_label: str


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each installer of an OSTree image, and each of its arches."""
    return tuple(
        task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.kind == "ostree-installer"
        for arch in image.arches
    )


def task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one image and arch."""
    origin = next(one for one in variant.images if one.name == image.origin_image)
    record = compose.paths.commit(variant.name, arch, origin.name)
    root = compose.paths.rootfs(variant.name, arch, origin.name)
    source = Source(record, compose.paths.ostree, compose.paths.archive_key, compose.release.short)
    release = compose.release
    volume = volume_id(release.short, release.version, variant.name, image.name, arch)
    medium = Medium(
        name=compose.paths.image_name(variant.name, arch, image.name, ""),
        arch=arch,
        title=f"{release.name} {release.version} {variant.name} {origin.name}",
        volume=image.volume_id or volume,
        append=image.customize.kernel_append or origin.customize.kernel_append,
        root_label=f"{variant.name}'s image {origin.name}",
    )
    iso = compose.paths.iso(variant.name, arch, image.name)
    work = compose.paths.work("ostree_installer", variant.name, f"{arch}-{image.name}")
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"make the medium {iso.name}, which installs {origin.name}",
        run=partial(make, medium, source, root, compose.paths.epoch, work, iso),
        inputs=(record, root, compose.paths.archive_key),
        order_only=(compose.paths.epoch,),
        outputs=(iso,),
        uses={"medium": [medium.name, medium.arch, medium.title, medium.volume, medium.append], "os": source.os},
        tools=tuple(sorted({*boot.TOOLS, *raw_disk.TOOLS, "ostree", "unshare"} - {"tar"})),
        failable=image.may_fail(arch),
        pool="disk",
    )


def make(medium: Medium, source: Source, root: Path, epoch_file: Path, work: Path, iso: Path) -> None:
    """Make a medium that installs a commit.

    Raises MachineError when not root, ComposeError when the commit's root lacks a program that installs it.
    """
    if os.geteuid() != 0:
        raise MachineError(
            "the installer's initramfs is made within a root file system, which needs root", "run as root"
        )
    check(medium, root)
    epoch = int(epoch_file.read_text())
    with scratch(work) as folder:
        tree = folder / "tree"
        commit = json.loads(source.record.read_text())
        uuid = fixed_uuid(medium.name, "root file system")
        lay_boot(medium, source, root, commit["kernel"], folder, tree, epoch)
        lay_head(medium, uuid, folder, tree / installer_init.INSTALL, epoch)
        lay_commit(source, commit["commit"], tree)
        boot.lay_boot_files(tree, medium.arch, medium.volume, installer_init.grub_menu(medium.title), epoch)
        words = grub.boot_words(grub.ARCHES[medium.arch], boot.BIOS_IMAGE, boot.EFI_IMAGE)
        write(folder / "paths", xorriso.path_list((path.name, path) for path in sorted(tree.iterdir())))
        with written_aside(iso) as aside:
            run(xorriso.mkisofs(medium.volume, epoch, folder / "paths", aside, words), package="xorriso")


def check(medium: Medium, root: Path) -> None:
    """Check that a root has the programs that install its commit. Raises ComposeError."""
    with tarfile.open(root) as archive:
        missing = installer_init.missing(path_of(member.name) for member in archive)
    if missing:
        packages = ", ".join(sorted(set(missing.values())))
        raise ComposeError(
            f"{medium.root_label} has no {', '.join(sorted(missing))}, which its installer needs",
            f"add to its packages: {packages}",
        )


def lay_boot(medium: Medium, source: Source, root: Path, kernel: str, folder: Path, tree: Path, epoch: int) -> None:
    """Put the kernel and an initramfs that installs into the medium's tree; both are made of the commit's root."""
    inside = folder / "root"
    inside.mkdir()
    run(tar.unpack(root, inside))
    module = inside / "usr/lib/dracut/modules.d" / installer_init.MODULE
    for name, text in (("module-setup.sh", installer_init.module_setup()), ("install.sh", script(medium, source))):
        write(module / name, text)
        (module / name).chmod(0o755)
    environment = {"SOURCE_DATE_EPOCH": str(epoch), "TMPDIR": "/tmp", "HOME": "/root"}  # noqa: S108 - of the root
    made = dracut.initramfs(kernel, "/installer.img", (installer_init.MODULE[2:],))
    run(unshare.within(inside.absolute(), made), env=environment, package="util-linux")
    (tree / "boot").mkdir(parents=True)
    shutil.move(inside / "installer.img", tree / "boot/initramfs.img")
    shutil.move(inside / f"boot/vmlinuz-{kernel}", tree / "boot/vmlinuz")
    shutil.rmtree(inside)


def script(medium: Medium, source: Source) -> str:
    """Give the program that installs, with the commands that deploy the commit from the medium."""
    disk = disk_layout.layout(medium.name, medium.arch, NOMINAL)
    uuid = fixed_uuid(medium.name, "root file system")
    there = Source(
        source.record,
        installer_init.MEDIUM / "ostree/repo",
        installer_init.MEDIUM / installer_init.INSTALL / "key.asc",
        source.os,
    )
    words = f"root=UUID={uuid} rw {medium.append} {CONSOLES}".split()
    deploying = deployment.commands(there, installer_init.TARGET, words)
    return installer_init.init(medium.volume, deploying, len(disk.partitions), uuid)


def lay_head(medium: Medium, uuid: str, folder: Path, install: Path, epoch: int) -> None:
    """Put what the installed disk begins with, up to its root partition, and its boot files into the medium's tree."""
    disk = disk_layout.layout(medium.name, medium.arch, NOMINAL)
    if disk.root_uuid != uuid:
        raise AssertionError(uuid)
    raw = folder / "head.raw"
    with raw.open("wb") as stream:
        stream.truncate(disk.size)
    raw_disk.lay_boot(disk, medium.arch, raw, folder, epoch)
    install.mkdir(parents=True)
    with raw.open("rb") as stream, gzip.GzipFile(install / "head.gz", "wb", mtime=0) as packed:
        packed.write(stream.read(disk.root.start))
    raw.unlink()
    for name, text in installer_init.boot_files().items():
        write(install / "boot" / name, text)


def lay_commit(source: Source, commit: str, tree: Path) -> None:
    """Put a repository with the commit alone, signatures included, and the key into the medium's tree."""
    repository = tree / "ostree" / "repo"
    repository.mkdir(parents=True)
    run(ostree.init(repository), package=ostree.PACKAGE)
    run(ostree.pull_local(repository, source.repository, commit), package=ostree.PACKAGE)
    shutil.copyfile(source.key, tree / installer_init.INSTALL / "key.asc")
