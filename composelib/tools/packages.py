"""Which Debian package has a program."""

from __future__ import annotations

import os
import shutil

PACKAGES = {
    "apt-get": "apt",
    "apt-ftparchive": "apt-utils",
    "arch-test": "arch-test",
    "bzip2": "bzip2",
    "debugfs": "e2fsprogs",
    "debootstrap": "debootstrap",
    "depmod": "kmod",
    "dose-builddebcheck": "dose-builddebcheck",
    "dose-debcheck": "dose-distcheck",
    "dpkg": "dpkg",
    "dpkg-deb": "dpkg",
    "dpkg-source": "dpkg-dev",
    "dumpe2fs": "e2fsprogs",
    "genimage": "genimage",
    "git": "git",
    "gpg": "gnupg",  # with its agent
    "gpg-agent": "gpg-agent",
    "gpg-connect-agent": "gpgconf",
    "gpgv": "gpgv",
    "grub-mkimage": "grub-common",
    "gzip": "gzip",
    "jigdo-file": "jigdo-file",
    "kiwi-ng": "kiwi",
    "lz4": "lz4",
    "mcopy": "mtools",
    "mke2fs": "e2fsprogs",
    "mkfs.vfat": "dosfstools",
    "mksquashfs": "squashfs-tools",
    "mmd": "mtools",
    "mmdebstrap": "mmdebstrap",
    "ostree": "ostree",
    "prlimit": "util-linux",
    "qemu-img": "qemu-utils",
    "qemu-system-aarch64": "qemu-system-arm",
    "qemu-system-x86_64": "qemu-system-x86",
    "rsync": "rsync",
    "sbuild": "sbuild",
    "skopeo": "skopeo",
    "tar": "tar",
    "tar2sqfs": "squashfs-tools-ng",
    "umoci": "umoci",
    "unshare": "util-linux",
    "xorriso": "xorriso",
    "xz": "xz-utils",
    "zstd": "zstd",
}

CURES = {"mkosi": "install mkosi 25 or later from its own source, as Debian 12's is too old, and python3-pefile"}
"""What to do for programs that no package of Debian 12 has as they are needed."""


def cure(program: str) -> str:
    """Give what to do when a program is not there."""
    return CURES.get(program, f"apt-get install {package_of(program)}")


def package_of(program: str) -> str:
    """Give the Debian package that has a program; where none is known, one of the program's own name is likely."""
    return PACKAGES.get(program, program)


def there(program: str) -> bool:
    """Tell whether a program can be started, looked for where tools/run.py looks."""
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    return shutil.which(program, path=path) is not None
