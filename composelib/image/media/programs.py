"""The outside programs that make a bootable medium, a disk, and each format of a disk."""

from __future__ import annotations

from composelib.tools import compress, qemu_img

ISO = ("grub-mkimage", "mkfs.vfat", "mmd", "mcopy", "xorriso")
"""The programs that make a bootable medium."""
DISK = ("grub-mkimage", "mkfs.vfat", "mmd", "mcopy", "mke2fs", "debugfs", "e2fsck", "tar")
"""The programs that make a raw disk of a root file system."""


def is_disk(form: str) -> bool:
    """Return whether a format is a disk's; `tar` is the root file system alone."""
    return form.partition(".")[0] != "tar"


def list_format_programs(form: str) -> set[str]:
    """Return the programs that convert to a format and compress it, such as `raw.xz`."""
    words = set(form.split("."))
    compressors = {compress.COMMANDS[word][0] for word in words & set(compress.COMMANDS)}
    return compressors | ({"qemu-img"} if words & set(qemu_img.FORMATS) else set())
