"""The outside programs that make a bootable medium, a disk, and each format of a disk."""

from __future__ import annotations

from composelib.image.media import loaders
from composelib.tools import compress, qemu_img

ISO = ("grub-mkimage", "mkfs.vfat", "mmd", "mcopy", "xorriso")
"""The programs that make a bootable medium."""
DISK = ("mkfs.vfat", "mmd", "mcopy", "tar")
"""The programs that make a raw disk of a root file system, beside those of its file systems; `grub-mkimage` too where GRUB is not the root's own."""

ROOTS = {"tar", "wsl", "incus"}
"""Formats of a root file system alone."""
COMPRESSED = {"wsl": "gz", "incus": "xz"}
"""Formats whose names do not say that they are compressed, and how."""


def split_format(form: str) -> tuple[str, str]:
    """Return a format without its compression, and that, empty for none: `("gce.tar", "gz")` for `gce.tar.gz`."""
    base, _, compression = form.rpartition(".")
    return (base, compression) if compression in compress.COMMANDS else (form, COMPRESSED.get(form, ""))


def is_disk(form: str) -> bool:
    """Return whether a format is a disk's, not that of the root file system alone."""
    return split_format(form)[0] not in ROOTS


def list_disk_programs(arch: str) -> set[str]:
    """Return the programs that make a raw disk for an arch."""
    return {*DISK, *(() if loaders.list_packages(arch) else ("grub-mkimage",))}


def list_format_programs(form: str) -> set[str]:
    """Return the programs that convert to a format and compress it, such as `raw.xz`."""
    base, compression = split_format(form)
    compressors = {compress.COMMANDS[compression][0]} if compression else set()
    return compressors | ({"qemu-img"} if base in {*qemu_img.FORMATS, "ova", "vagrant.box"} else set())
