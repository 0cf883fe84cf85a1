"""Makes live media: a root file system in squashfs that live-boot starts, from CD or stick, by BIOS or UEFI."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from composelib.files import scratch, write, written_aside
from composelib.image.media import boot as media_boot
from composelib.image.media import grub_menu
from composelib.image.media.checksums import files_below, sum_lines
from composelib.image.media.identifiers import volume_id
from composelib.image.root import tar as media_root
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.variant import Variant
from composelib.task import Task
from composelib.tools import grub, squashfs, xorriso
from composelib.tools.run import run


@dataclass(frozen=True)
class Medium:
    """What decides a live medium, beside its root file system."""

    arch: str
    title: str
    volume: str
    append: str


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each live image and arch."""
    return tuple(
        make_task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.kind == "live"
        for arch in image.arches
    )


def make_task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one live medium."""
    root = compose.paths.rootfs(variant.name, arch, image.name)
    iso = compose.paths.iso(variant.name, arch, image.name)
    work = compose.paths.work("live_media", variant.name, f"{arch}-{image.name}")
    release = compose.release
    short = volume_id(release.short, release.version, variant.name, image.name, arch)
    medium = Medium(
        arch,
        f"{release.name} {release.version} {variant.name}",
        volume_id(image.volume_id) if image.volume_id else short,
        image.customize.kernel_append,
    )
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"make the live medium {iso.name}",
        run=partial(make_live, medium, root, compose.paths.epoch, work, iso),
        inputs=(root,),
        order_only=(compose.paths.epoch,),
        outputs=(iso,),
        uses={"medium": [medium.arch, medium.title, medium.volume, medium.append]},
        tools=(*media_boot.TOOLS, "tar2sqfs"),
        failable=image.may_fail(arch),
        pool="disk",
    )


def make_live(medium: Medium, root: Path, epoch_file: Path, work: Path, iso: Path) -> None:
    """Make a live ISO of a root file system's tar.

    Raises ComposeError when the root has no kernel, no initramfs or no live-boot.
    """
    epoch = int(epoch_file.read_text())
    with scratch(work) as folder:
        tree = folder / "tree"
        lay_root(tree / "live", root, epoch)
        write(tree / ".disk/info", f"{medium.title} {medium.arch}\n")
        menu = grub_menu.live(medium.title, medium.append)
        media_boot.lay_boot_files(tree, medium.arch, medium.volume, menu, epoch)
        write(tree / "sha256sum.txt", sum_lines(tree, "sha256", without=media_boot.BIOS_IMAGE))
        boot = grub.boot_words(grub.ARCHES[medium.arch], media_boot.BIOS_IMAGE, media_boot.EFI_IMAGE)
        write(folder / "paths", xorriso.path_list((str(name), tree / name) for name in files_below(tree)))
        with written_aside(iso) as aside:
            run(xorriso.mkisofs(medium.volume, epoch, folder / "paths", aside, boot))


def lay_root(live: Path, root: Path, epoch: int) -> None:
    """Put into the folder `live` the squashed root, its kernel and its initramfs, under the names live-boot wants."""
    found = media_root.members(root)
    kernel = media_root.kernel_of(found)
    media_root.need(found, "usr/share/initramfs-tools/hooks/live", "add live-boot to the image's packages")
    live.mkdir(parents=True)
    media_root.extract(root, found[kernel.kernel], live / "vmlinuz")
    media_root.extract(root, found[kernel.initrd], live / "initrd.img")
    with root.open("rb") as tar:
        command = squashfs.tar2sqfs(live / "filesystem.squashfs")
        run(command, stdin=tar, env={"SOURCE_DATE_EPOCH": str(epoch)})
