"""A raw disk with a root file system on it that starts by BIOS and UEFI, made without mounts and loop devices."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from composelib.errors import ComposeError, MachineError
from composelib.image.media import boot, disk_layout, gpt, grub_menu
from composelib.image.media.disk_layout import Disk
from composelib.image.root import tar as media_root
from composelib.tools import grub, mkfs, tar
from composelib.tools.run import run

TOOLS = ("grub-mkimage", "mkfs.vfat", "mmd", "mcopy", "mke2fs", "dumpe2fs", "debugfs", "tar")
HOLE = 1 << 20  # zeros of this length are left out of a file
CLOUD_INIT = "usr/bin/cloud-init"


@dataclass(frozen=True)
class Wanted:
    """What decides a disk, beside its root file system. `size` 0 is as large as the content asks for."""

    name: str
    """What its UUIDs belong to."""
    arch: str
    title: str
    size: int
    append: str
    cloud_init: bool


def make_raw(wanted: Wanted, root: Path, folder: Path, raw: Path, epoch: int) -> Disk:
    """Make a raw disk of a root's tar, working in `folder`, and give its layout.

    Raises MachineError when not root, ComposeError when the root cannot boot or the disk is too small.
    """
    if os.geteuid() != 0:
        raise MachineError("a disk image's files need owners, which only root can give", "run as root")
    found = media_root.members(root)
    kernel = media_root.kernel_of(found)
    if wanted.cloud_init:
        media_root.need(found, CLOUD_INIT, "add cloud-init and cloud-guest-utils to the image's packages")
    disk = fitting(wanted, media_root.content_size(found))
    tree = folder / "root"
    tree.mkdir()
    run(tar.unpack(root, tree))
    menu = grub_menu.disk(wanted.title, disk.root_uuid, kernel.menu_kernel, kernel.menu_initrd, wanted.append)
    lay_file(tree, "boot/grub/grub.cfg", menu, epoch)
    lay_file(tree, "etc/fstab", disk.fstab, epoch)
    (tree / "boot/efi").mkdir(exist_ok=True)
    level(tree, ("boot", "boot/efi", "boot/grub", "etc"), epoch)
    with raw.open("wb") as stream:
        stream.truncate(disk.size)
    lay_ext4(disk, tree, raw, folder, epoch)
    shutil.rmtree(tree)
    lay_boot(disk, wanted.arch, raw, folder, epoch)
    return disk


def fitting(wanted: Wanted, content: int) -> Disk:
    """Lay out a disk for content of so many bytes. Raises ComposeError if the size asked for is too small."""
    needed = disk_layout.size_for(content)
    disk = disk_layout.layout(wanted.name, wanted.arch, wanted.size or needed)
    if disk.root.size < content * disk_layout.FILL:
        raise ComposeError(
            f"a disk of {wanted.size / 1e9:.2f} GB is too small for a root file system of {content / 1e9:.2f} GB",
            f"size: {needed / 1e9:.1f}GB would do",
        )
    return disk


def lay_file(tree: Path, name: str, text: str, epoch: int) -> None:
    """Write a file of a root, whatever the umask."""
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o644)
    os.utime(path, (epoch, epoch))


def level(tree: Path, folders: tuple[str, ...], epoch: int) -> None:
    """Give folders that were made or written to fixed modes and times."""
    for name in folders:
        (tree / name).chmod(0o755)
        os.utime(tree / name, (epoch, epoch))


def lay_ext4(disk: Disk, tree: Path, raw: Path, folder: Path, epoch: int) -> None:
    """Make the root file system in its partition. Its times of reading and change are set to the epoch afterwards."""
    environment = mkfs.faked(epoch)
    part = Path(f"{raw}?offset={disk.root.start}")
    made = mkfs.ext4(raw, disk.root.size, tree, disk.root_uuid, "root", offset=disk.root.start)
    run(made, env=environment)
    printed = run(mkfs.header(part), env=environment, capture=True).stdout.decode()
    orders = folder / "orders"
    orders.write_text(mkfs.timeless(mkfs.used_inodes(printed), epoch))
    with (folder / "debugfs.log").open("wb") as log:
        run(mkfs.debugfs(part, orders), env=environment, stdout=log)


def lay_boot(disk: Disk, arch: str, raw: Path, folder: Path, epoch: int) -> None:
    """Write partition tables, GRUB and the ESP to a disk."""
    config = folder / "embedded.cfg"
    config.write_text(grub_menu.embedded_by_uuid(disk.root_uuid))
    code, programs = b"", {}
    for platform in grub.ARCHES[arch]:
        core = folder / grub.EFI_NAMES.get(platform, "core.img")
        boot.make_core(platform, config, core)
        if platform in grub.EFI_NAMES:
            programs[f"EFI/BOOT/{core.name}"] = core
        elif disk.core:
            code = gpt.grub_boot_code((grub.modules(platform) / "boot.img").read_bytes(), disk.core.start)
            lay_core(disk.core, core.read_bytes(), raw)
    esp = folder / "esp.img"
    boot.make_esp(esp, programs, disk.esp_number, epoch, disk.esp.size // 1024)
    with raw.open("rb+") as stream:
        copy_sparse(esp, stream.fileno(), disk.esp.start)
        start, end = gpt.tables(disk.size, disk.number, disk.partitions, code)
        os.pwrite(stream.fileno(), start, 0)
        os.pwrite(stream.fileno(), end, disk.size - len(end))


def lay_core(place: gpt.Partition, core: bytes, raw: Path) -> None:
    """Write GRUB's core image into the BIOS boot partition. Raises ComposeError if it is too large for that."""
    if len(core) > place.size:
        raise ComposeError(f"GRUB's core image has {len(core)} bytes, its partition {place.size}")
    with raw.open("rb+") as stream:
        stream.seek(place.start)
        stream.write(gpt.grub_core(core, place.start))


def copy_sparse(source: Path, target: int, at: int) -> None:
    """Copy a file to a place in an open one of zeros, leaving out what is zeros."""
    with source.open("rb") as stream:
        while block := stream.read(HOLE):
            if block.count(0) != len(block):
                os.pwrite(target, block, at)
            at += len(block)
