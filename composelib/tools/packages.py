"""The outside programs that the stages start: each one's Debian package, and the first version that will do."""

from __future__ import annotations

import shutil

from composelib.dataclass import dataclass
from composelib.tools.run import clean_environment


@dataclass(frozen=True)
class Minimum:
    """The first version that will do, and the feature that it was the first to have."""

    version: str
    reason: str
    option: str = "--version"
    """The option by which the program prints its version."""
    below: str = ""
    """The first later version that no longer does."""


@dataclass(frozen=True)
class Program:
    """An outside program, by the name that it is started by."""

    name: str
    package: str
    """The Debian package that has it."""
    minimum: Minimum | None = None
    """None if any version will do."""
    cure: str = ""
    """What to do if it is missing or too old; empty to install the package."""


MKOSI_CURE = "install mkosi 25 or later from its own source, as Debian 12's is too old, and python3-pefile"
KIWI_MINIMUM = Minimum("9.24", "use_for_bootstrap", below="10")  # KIWI 10 no longer begins with debootstrap
XORRISO_MINIMUM = Minimum("1.4.6", "--set_all_file_dates and --gpt_disk_guid", "-version")

PROGRAMS = {
    program.name: program
    for program in (
        Program("apt", "apt"),
        Program("apt-config", "apt"),
        Program("apt-get", "apt", Minimum("2.0", "patterns as arguments")),
        Program("arch-test", "arch-test"),
        Program("autopkgtest", "autopkgtest"),
        Program("debootstrap", "debootstrap"),
        Program("debugfs", "e2fsprogs"),
        Program("depmod", "kmod"),
        Program("diff", "diffutils"),
        Program("diffoscope", "diffoscope"),
        Program("dot", "graphviz"),
        Program("dose-builddebcheck", "dose-builddebcheck"),
        Program("dose-debcheck", "dose-distcheck"),
        Program("dpkg", "dpkg"),
        Program("dpkg-deb", "dpkg"),
        Program("dpkg-query", "dpkg"),
        Program("dpkg-parsechangelog", "dpkg-dev"),
        Program("dpkg-source", "dpkg-dev", Minimum("1.21.14", "--threads-max")),
        Program("dracut", "dracut"),  # in an image's root
        Program("fsck.f2fs", "f2fs-tools"),
        Program("git", "git"),
        Program("gpg", "gnupg", Minimum("2.2.8", "--show-keys")),  # gnupg, not gpg: with its agent
        Program("gpg-agent", "gpg-agent"),
        Program("gpg-connect-agent", "gpgconf"),
        Program("gpgv", "gpgv"),
        Program("grub-mkimage", "grub-common"),
        Program("gzip", "gzip"),
        Program("jigdo-file", "jigdo-file"),
        Program("kiwi-ng", "kiwi", KIWI_MINIMUM),
        Program("lintian", "lintian"),
        Program("lz4", "lz4"),
        Program("mcopy", "mtools"),
        Program("e2fsck", "e2fsprogs"),
        Program("mke2fs", "e2fsprogs"),
        Program("mkfs.vfat", "dosfstools"),
        Program("mkfs.f2fs", "f2fs-tools"),
        Program("sload.f2fs", "f2fs-tools"),
        Program("mkfs.xfs", "xfsprogs", Minimum("5.19", "nrext64", "-V")),
        Program("mkswap", "util-linux"),
        Program("mkosi", "mkosi", Minimum("25", "LocalMirror and SandboxTrees"), MKOSI_CURE),
        Program("mmd", "mtools"),
        Program("mmdebstrap", "mmdebstrap", Minimum("0.7.0", "--format")),
        Program("openssl", "openssl"),
        Program("ostree", "ostree", Minimum("2021.1", "commit --bootable")),
        Program("patch", "patch"),
        Program("pristine-tar", "pristine-tar"),
        Program("prlimit", "util-linux"),
        Program("qemu-img", "qemu-utils"),
        Program("qemu-system-aarch64", "qemu-system-arm"),
        Program("qemu-system-riscv64", "qemu-system-misc"),
        Program("qemu-system-x86_64", "qemu-system-x86"),
        Program("rclone", "rclone"),
        Program("rsync", "rsync", Minimum("3.2.3", "--mkpath")),
        Program("sbuild", "sbuild", Minimum("0.85", "--chroot-mode=unshare with --extra-package")),
        Program("setpriv", "util-linux"),
        Program("sh", "dash"),
        Program("skopeo", "skopeo", Minimum("1.8.0", "copy --multi-arch=index-only")),
        Program("tar", "tar"),
        Program("sqfs2tar", "squashfs-tools-ng"),
        Program("tar2sqfs", "squashfs-tools-ng"),
        Program("umount", "mount"),
        Program("unshare", "util-linux"),
        Program("xorriso", "xorriso", XORRISO_MINIMUM),
        Program("xfs_db", "xfsprogs"),
        Program("xfs_repair", "xfsprogs"),
        Program("xz", "xz-utils"),
        Program("zstd", "zstd"),
    )
}


def find_program(name: str) -> Program:
    """Return a program of the table; for one that is not in it, such as a user's script, assume a package of its name."""
    return PROGRAMS.get(name, Program(name, name))


def find_cure(name: str) -> str:
    """Return the advice for a missing program."""
    program = find_program(name)
    return program.cure or f"apt-get install {program.package}"


def is_installed(name: str) -> bool:
    """Return whether a program can be started, looked for where tools/run.py looks."""
    return shutil.which(name, path=clean_environment()["PATH"]) is not None
