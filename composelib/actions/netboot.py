"""Make media that have debian-installer and no packages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from composelib.files import read_epoch, scratch_folder, write_file
from composelib.image.media import boot, grub_menu
from composelib.image.media.checksums import sum_tree
from composelib.image.media.disc_label import INSTALL
from composelib.image.media.installer import PRESEED, add_files, make_plain_file
from composelib.image.media.iso_image import write_tree
from composelib.image.media.secure_boot import NETWORK_CONFIG, choose_signed, list_network_files

if TYPE_CHECKING:
    from composelib.stages.netboot import NetbootJob


def make_iso(job: NetbootJob) -> None:
    """Make a medium of the installer's kernel and initramfs alone."""
    epoch = read_epoch(job.epoch)
    initrd = job.initrd.read_bytes()
    if job.preseed:
        initrd = add_files(initrd, [make_plain_file(PRESEED, job.preseed.read_bytes())], epoch)
    with scratch_folder(job.work) as folder:
        tree = folder / "tree"
        write_file(tree / INSTALL / "vmlinuz", job.kernel.read_bytes())
        write_file(tree / INSTALL / "initrd.gz", initrd)
        menu = grub_menu.write_installer_menu(job.title, job.arch, INSTALL, automatic=job.preseed is not None)
        read = partial(read_loader, job)
        signed = choose_signed(list_network_files(job.arch), job.secure_boot, read, job.kernel.read_bytes())
        config = NETWORK_CONFIG.format(arch=job.arch)
        boot.write_boot_files(tree, job.arch, job.volume, menu, epoch, signed, config)
        write_file(tree / "sha256sum.txt", sum_tree(tree, "sha256", without=boot.BIOS_IMAGE))
        write_tree(job.iso, tree, job.arch, job.volume, epoch)


def read_loader(job: NetbootJob, name: str) -> bytes | None:
    """Return the content of a file in the kernel's folder; None if the installer does not list it."""
    path = job.kernel.parent / name
    listed = any(str(path).endswith(f"/{line}") for line in job.listing.read_text().splitlines())
    return path.read_bytes() if listed else None
