"""Make small ISO images that start debian-installer, which then takes all it installs from the network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from composelib.files import scratch, write, written_aside
from composelib.image.media import boot as media_boot
from composelib.image.media import grub_menu
from composelib.image.media.checksums import files_below
from composelib.image.media.disc import INSTALL
from composelib.image.media.identifiers import volume_id
from composelib.image.media.installer import PRESEED, plain, with_files
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.variant import Variant
from composelib.task import Task
from composelib.tools import grub, xorriso
from composelib.tools.run import run


@dataclass(frozen=True)
class Start:
    """What a medium starts."""

    arch: str
    title: str
    volume: str
    kernel: Path
    initrd: Path
    preseed: Path | None


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each image of kind netboot and each of its arches."""
    return tuple(
        make_task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.kind == "netboot"
        for arch in image.arches
    )


def make_task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one medium."""
    release = compose.release
    folder = compose.paths.installer(variant.name, arch, "netboot", "debian-installer", arch)
    iso = compose.paths.iso(variant.name, arch, image.name)
    name = volume_id(release.short, release.version, variant.name, image.name, arch)
    title = f"{release.name} {release.version} {variant.name}"
    volume = volume_id(image.volume_id) if image.volume_id else name
    start = Start(arch, title, volume, folder / "linux", folder / "initrd.gz", image.preseed)
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"make the medium {iso.name}, which installs from the network",
        run=partial(
            make_iso,
            start,
            compose.paths.epoch,
            compose.paths.work("netboot", variant.name, f"{arch}-{image.name}"),
            iso,
        ),
        inputs=(start.kernel, start.initrd, *((image.preseed,) if image.preseed else ())),
        order_only=(compose.paths.epoch,),
        outputs=(iso,),
        uses={"arch": arch, "title": title, "volume": volume, "preseed": image.preseed is not None},
        tools=media_boot.TOOLS,
        failable=image.may_fail(arch),
        pool="disk",
    )


def make_iso(start: Start, epoch_file: Path, work: Path, iso: Path) -> None:
    """Make a medium of the installer's kernel and initramfs alone."""
    epoch = int(epoch_file.read_text())
    with scratch(work) as folder:
        tree = folder / "tree"
        initrd = start.initrd.read_bytes()
        if start.preseed:
            initrd = with_files(initrd, [plain(PRESEED, start.preseed.read_bytes())], epoch)
        write(tree / INSTALL / "vmlinuz", start.kernel.read_bytes())
        write(tree / INSTALL / "initrd.gz", initrd)
        menu = grub_menu.installer(start.title, INSTALL, automatic=start.preseed is not None)
        media_boot.lay_boot_files(tree, start.arch, start.volume, menu, epoch)
        boot = grub.boot_words(grub.ARCHES[start.arch], media_boot.BIOS_IMAGE, media_boot.EFI_IMAGE)
        paths = xorriso.path_list((str(name), tree / name) for name in files_below(tree))
        write(folder / "paths", paths)
        with written_aside(iso) as aside:
            run(xorriso.mkisofs(start.volume, epoch, folder / "paths", aside, boot))
