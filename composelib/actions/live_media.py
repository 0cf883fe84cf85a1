"""Make live media of a squashed root file system, its kernel and initramfs, and boot loaders."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.files import read_epoch, scratch_folder, write_file
from composelib.image.media import boot, grub_menu
from composelib.image.media.checksums import sum_tree
from composelib.image.media.iso_image import write_tree
from composelib.image.media.secure_boot import choose_signed, list_signed_files
from composelib.image.media.written_check import check_squashfs
from composelib.image.root import tar as root_tar
from composelib.tools import squashfs
from composelib.tools.run import run

if TYPE_CHECKING:
    from composelib.stages.live_media import LiveJob


def make_live(job: LiveJob) -> None:
    """Make a live ISO. Raise ComposeError if the root has no kernel, no initramfs or no live-boot."""
    epoch = read_epoch(job.epoch)
    with scratch_folder(job.work) as folder:
        tree = folder / "tree"
        members = root_tar.list_members(job.root)
        lay_root(tree / "live", job.root, members, epoch)
        write_file(tree / ".disk/info", f"{job.title} {job.arch}\n")
        menu = grub_menu.write_live_menu(job.title, job.arch, job.append)
        read = partial(root_tar.find_content, job.root, members)
        signed = choose_signed(list_signed_files(job.arch), job.secure_boot, read, (tree / "live/vmlinuz").read_bytes())
        boot.write_boot_files(tree, job.arch, job.volume, menu, epoch, signed)
        write_file(tree / "sha256sum.txt", sum_tree(tree, "sha256", without=boot.BIOS_IMAGE))
        write_tree(job.iso, tree, job.arch, job.volume, epoch)


def lay_root(live: Path, root: Path, members: Mapping[str, tarfile.TarInfo], epoch: int) -> None:
    """Put into the folder `live` the squashed root, its kernel and its initramfs, under the names live-boot expects."""
    kernel = root_tar.find_kernel(members)
    root_tar.require_path(members, "usr/share/initramfs-tools/hooks/live", "add live-boot to the image's packages")
    live.mkdir(parents=True)
    root_tar.extract(root, members[kernel.kernel], live / "vmlinuz")
    root_tar.extract(root, members[kernel.initrd], live / "initrd.img")
    with root.open("rb") as stream:
        image = live / "filesystem.squashfs"
        run(squashfs.tar2sqfs(image), stdin=stream, env={"SOURCE_DATE_EPOCH": str(epoch)})
    check_squashfs(image, sum(not member.islnk() for member in members.values()))
