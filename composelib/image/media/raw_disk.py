"""A raw disk with a root file system on it that starts by BIOS and UEFI, made without mounts and loop devices."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType

from composelib.errors import ComposeError
from composelib.files import make_read_only, written_aside
from composelib.image.filesystems.write import write_volumes
from composelib.image.media import boot, disk_layout, gpt, growth, grub_menu
from composelib.image.media.disk_layout import Disk, DiskOptions
from composelib.image.media.loaders import choose_loaders
from composelib.image.media.mount_points import measure_mounts
from composelib.image.media.sparse import lay_part
from composelib.image.media.tree_files import fix_modes, lay_file
from composelib.image.media.written_check import check_unpacked
from composelib.image.root import tar as root_tar
from composelib.image.root.tar import Kernel
from composelib.tools import grub, tar
from composelib.tools.run import run

KERNEL_CONFIG = "etc/kernel-img.conf"
CLOUD_INIT = "usr/bin/cloud-init"


@contextmanager
def create_disk(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` to make a disk at; on success it gets its name, read-only as links to it that are released."""
    with written_aside(path) as aside:
        yield aside
    make_read_only(path)


def make_raw(options: DiskOptions, root: Path, folder: Path, raw: Path, epoch: int) -> None:
    """Make a raw disk of a root's tar, working in `folder`.

    Only root can. Raise ComposeError if the root cannot boot or the disk is too small.
    """
    members = root_tar.list_members(root)
    kernel = root_tar.find_kernel(members)
    if options.cloud_init:
        root_tar.require_path(members, CLOUD_INIT, "add cloud-init and cloud-guest-utils to the image's packages")
    read = partial(root_tar.find_content, root, members)
    loaders = choose_loaders(options.arch, options.secure_boot, read, read(kernel.kernel) or b"")
    mounts = [partition.mount for partition in options.partitions if partition.mount]
    disk = disk_layout.fit_disk(options, measure_mounts(members, mounts))
    tree = folder / "root"
    tree.mkdir()
    run(tar.unpack(root, tree, devices=False))
    check_unpacked(tree, sum(name != "." and not name.startswith("dev/") for name in members))
    paths = (
        lay_boot_links(tree, kernel, epoch) if disk.boot is not disk.root else (kernel.menu_kernel, kernel.menu_initrd)
    )
    menu = grub_menu.write_disk_menu(options.title, options.arch, disk.root.uuid, *paths, options.append)
    lay_file(tree, "boot/grub/grub.cfg", menu, epoch)
    grows = growth.let_grow(tree, options.growth, epoch, disk.partitions)
    lay_file(tree, "etc/fstab", disk.write_fstab(*([growth.MOUNT_OPTION] if grows else [])), epoch)
    (tree / "boot/efi").mkdir(exist_ok=True)
    fix_modes(tree, ("boot", "boot/efi", "boot/grub", "etc"), epoch)
    with raw.open("wb") as stream:
        stream.truncate(disk.size)
    write_volumes(disk.volumes, tree, raw, folder, epoch)
    shutil.rmtree(tree)
    lay_boot(disk, options.arch, raw, folder, epoch, loaders)


def lay_boot_links(tree: Path, kernel: Kernel, epoch: int) -> tuple[str, str]:
    """Let the links that a kernel's upgrade moves lie in /boot, which is a file system of its own; return their paths there.

    Debian's kernel packages read where they shall be (kernel-img.conf(5)).
    """
    lay_file(tree, KERNEL_CONFIG, "link_in_boot = yes\n", epoch)
    for name, path in (("vmlinuz", kernel.kernel), ("initrd.img", kernel.initrd)):
        (tree / name).unlink(missing_ok=True)
        (tree / "boot" / name).unlink(missing_ok=True)
        (tree / "boot" / name).symlink_to(Path(path).name)
        os.utime(tree / "boot" / name, (epoch, epoch), follow_symlinks=False)
    os.utime(tree, (epoch, epoch))
    return "/vmlinuz", "/initrd.img"


def lay_boot(
    disk: Disk, arch: str, raw: Path, folder: Path, epoch: int, loaders: Mapping[str, bytes] = MappingProxyType({})
) -> None:
    """Write partition tables, GRUB and the ESP to a disk; `loaders` are packaged programs for UEFI, without which GRUB is ours."""
    config = folder / "embedded.cfg"
    config.write_text(
        grub_menu.embed_uuid_search(disk.boot.uuid, "/grub" if disk.boot.mount == "/boot" else "/boot/grub")
    )
    code, efi_files = b"", boot.configure_loaders(loaders, config, folder)
    for platform in grub.ARCHES[arch]:
        core = folder / grub.EFI_NAMES.get(platform, "core.img")
        if platform in grub.EFI_NAMES and loaders:
            continue
        boot.make_core(platform, config, core)
        if platform in grub.EFI_NAMES:
            efi_files[f"EFI/BOOT/{core.name}"] = core
        elif disk.core:
            code = gpt.patch_boot_code((grub.find_modules(platform) / "boot.img").read_bytes(), disk.core.start)
            lay_core(disk.core, core.read_bytes(), raw)
    esp = folder / "esp.img"
    boot.make_esp(esp, efi_files, disk.esp_number, epoch, disk.esp.size // 1024)
    lay_part(esp, raw, disk.esp.start)
    with raw.open("rb+") as stream:
        start, end = gpt.write_tables(disk.size, disk.guid, disk.partitions, code)
        os.pwrite(stream.fileno(), start, 0)
        os.pwrite(stream.fileno(), end, disk.size - len(end))


def lay_core(partition: gpt.Partition, core: bytes, raw: Path) -> None:
    """Write GRUB's core image into the BIOS boot partition. Raise ComposeError if it is too large for that."""
    if len(core) > partition.size:
        raise ComposeError(f"GRUB's core image has {len(core)} bytes, but its partition only {partition.size}")
    with raw.open("rb+") as stream:
        stream.seek(partition.start)
        stream.write(gpt.patch_core(core, partition.start))
