"""What debian-installer asks of the packages that it installs from: those it cannot do without, and those it may use."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from composelib.archive.choose.need import Wish
from composelib.model.origin import Origin, Seed

SYSTEM = ("?essential", "?priority(required)", "?priority(important)")
"""What debootstrap makes the system of."""
KERNELS = {
    "amd64": "linux-image-amd64 | linux-image-cloud-amd64",
    "arm64": "linux-image-arm64 | linux-image-cloud-arm64",
}
LOADERS = {"amd64": ("grub-pc", "grub-efi-amd64"), "arm64": ("grub-efi-arm64",)}
STARTED = {
    "amd64": ("grub-efi-amd64-signed", "shim-signed"),
    "arm64": ("grub-efi-arm64-signed", "shim-signed"),
}
"""What starts where Secure Boot is on."""
BASE = (
    *("apt", "base-files", "base-passwd", "busybox", "console-setup", "dpkg", "gpgv", "init"),
    *("initramfs-tools", "keyboard-configuration", "locales", "zstd"),
)
"""What is installed whatever is answered."""
ANSWERED = (
    *("btrfs-progs", "cryptsetup-initramfs", "dosfstools", "eject", "laptop-detect", "lvm2", "mdadm", "os-prober"),
    *("pciutils", "sudo", "tasksel", "usbutils", "usr-is-merged", "xfsprogs"),
)
"""What some answers, some machines or some releases ask for."""
UDEBS = (
    *("apt-cdrom-setup", "apt-setup-udeb", "base-installer", "bootstrap-base", "cdrom-detect", "cdrom-retriever"),
    *("clock-setup", "debootstrap-udeb", "finish-install", "grub-installer", "load-cdrom", "parted-udeb"),
    *("partman-auto", "partman-base", "partman-basicfilesystems", "partman-ext3", "e2fsprogs-udeb", "partman-target"),
    *("pkgsel", "tzsetup-udeb", "user-setup-udeb"),
)


def make_installer_wishes(arch: str, origin: Origin, where: str) -> Iterator[Wish]:
    """Return what an installing medium brings by itself, as far as it is there and not excluded."""
    loaders = (*LOADERS.get(arch, ()), *STARTED.get(arch, ()))
    for text in (*SYSTEM, *BASE, *ANSWERED, *([KERNELS[arch]] if arch in KERNELS else ()), *loaders):
        yield Wish(Seed(text, origin), where, optional=True)


def asks_for(arch: str, name: str) -> bool:
    """Return whether every installation asks for a package of this name, beside what debootstrap installs."""
    return name.startswith("linux-image-") or name in {*BASE, *LOADERS.get(arch, ()), *STARTED.get(arch, ())}


def lacking(arch: str, packages: Collection[str], udebs: Collection[str]) -> Mapping[str, list[str]]:
    """Return what an installing medium with these packages and udebs lacks, by kind; none when it is complete.

    A package is named; where one of several would do, all that would are.
    """
    loaders = LOADERS.get(arch, ())
    found = {
        "kernel": []
        if any(name.startswith("linux-image-") for name in packages)
        else [KERNELS.get(arch, "linux-image-*")],
        "boot loader": [] if not loaders or set(loaders) & set(packages) else [" | ".join(loaders)],
        "package": [name for name in BASE if name not in packages],
        "udeb": [name for name in UDEBS if name not in udebs],
    }
    return {kind: names for kind, names in found.items() if names}
