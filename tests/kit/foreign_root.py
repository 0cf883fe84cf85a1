"""The root file system of another arch that boots into one line of its own, made of real packages without running any."""

from __future__ import annotations

import gzip
import stat
from pathlib import Path

from composelib.image.media.cpio import CpioEntry, write_cpio
from tests.kit.real_packages import unpack_packages
from tests.kit.root_tars import EPOCH, write_tiny_root

INIT = b"""\
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs none /dev
exec >/dev/console
echo user space of $(/bin/busybox uname -m)
/bin/busybox poweroff -f
"""
LINE = "user space of "
"""What the system prints, followed by the kernel's name of its arch."""
GRUB = {"bookworm": "grub-efi-{}-bin", "trixie": "grub-efi-{}-unsigned"}


def make_foreign_root(path: Path, cache: Path, arch: str, suite: str, kernel: str) -> Path:
    """Write the tar of a root with a kernel, GRUB, and an initramfs that prints LINE on the console and switches off."""
    folder = path.with_suffix(".unpacked")
    unpack_packages([kernel, GRUB[suite].format(arch), "busybox-static"], folder, cache, arch, suite)
    (image,) = folder.glob("boot/vmlinu*")
    (grub,) = folder.glob("usr/lib/grub/*/monolithic/grub[!n]*.efi")
    initramfs = [
        CpioEntry("init", stat.S_IFREG | 0o755, INIT),
        CpioEntry("bin/busybox", stat.S_IFREG | 0o755, next(folder.glob("**/bin/busybox")).read_bytes()),
        CpioEntry("dev", stat.S_IFDIR | 0o755),
    ]
    files = {str(file.relative_to(folder)): file.read_bytes() for file in (image, grub)}
    files[f"boot/initrd.img-{image.name.partition('-')[2]}"] = gzip.compress(write_cpio(initramfs, EPOCH), mtime=0)
    return write_tiny_root(path, {**files, "etc/hostname": b"tiny\n"}, {})
