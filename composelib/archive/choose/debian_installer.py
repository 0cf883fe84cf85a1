"""The packages that debian-installer installs from a medium: those it requires, and those it may use."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from composelib.archive.choose.need import Wish
from composelib.model.origin import Origin, Seed

SYSTEM = ("?essential", "?priority(required)", "?priority(important)")
"""The packages that debootstrap installs."""
KERNELS = {
    "amd64": "linux-image-amd64 | linux-image-cloud-amd64",
    "arm64": "linux-image-arm64 | linux-image-cloud-arm64",
}
LOADERS = {"amd64": ("grub-pc", "grub-efi-amd64"), "arm64": ("grub-efi-arm64",)}
SECURE_BOOT_LOADERS = {
    "amd64": ("grub-efi-amd64-signed", "shim-signed"),
    "arm64": ("grub-efi-arm64-signed", "shim-signed"),
}
"""The boot loaders that start with Secure Boot."""
BASE = (
    *("apt", "base-files", "base-passwd", "busybox", "console-setup", "dpkg", "gpgv", "init"),
    *("initramfs-tools", "keyboard-configuration", "locales", "zstd"),
)
"""Packages that every installation installs."""
OPTIONAL_TOOLS = (
    *("btrfs-progs", "cryptsetup-initramfs", "dosfstools", "eject", "laptop-detect", "lvm2", "mdadm", "os-prober"),
    *("pciutils", "sudo", "tasksel", "usbutils", "usr-is-merged", "xfsprogs"),
)
"""Packages that some answers to the installer's questions, some machines or some releases need."""
UDEBS = (
    *("apt-cdrom-setup", "apt-setup-udeb", "base-installer", "bootstrap-base", "cdrom-detect", "cdrom-retriever"),
    *("clock-setup", "debootstrap-udeb", "finish-install", "grub-installer", "load-cdrom", "parted-udeb"),
    *("partman-auto", "partman-base", "partman-basicfilesystems", "partman-ext3", "e2fsprogs-udeb", "partman-target"),
    *("pkgsel", "tzsetup-udeb", "user-setup-udeb"),
)


def make_installer_wishes(arch: str, origin: Origin, key: str) -> Iterator[Wish]:
    """Yield the wishes of a medium with the installer, all of them optional."""
    loaders = (*LOADERS.get(arch, ()), *SECURE_BOOT_LOADERS.get(arch, ()))
    for text in (*SYSTEM, *BASE, *OPTIONAL_TOOLS, *([KERNELS[arch]] if arch in KERNELS else ()), *loaders):
        yield Wish(Seed(text, origin), key, optional=True)


def is_always_installed(arch: str, name: str) -> bool:
    """Return whether every installation installs a package of this name, besides what debootstrap installs."""
    return name.startswith("linux-image-") or name in {
        *BASE,
        *LOADERS.get(arch, ()),
        *SECURE_BOOT_LOADERS.get(arch, ()),
    }


def find_lacking(
    arch: str, packages: Collection[str], udebs: Collection[str], *, is_secure: bool = False
) -> Mapping[str, list[str]]:
    """Return what a medium with the installer, these packages and udebs lacks, by kind; nothing if it is complete.

    Packages any one of which would do are named together, separated by ` | `. `is_secure` if it must start with Secure Boot on.
    """
    loaders = LOADERS.get(arch, ())
    signed = SECURE_BOOT_LOADERS.get(arch, ()) if is_secure else ()
    missing = {
        "kernel": []
        if any(name.startswith("linux-image-") for name in packages)
        else [KERNELS.get(arch, "linux-image-*")],
        "boot loader": [] if not loaders or set(loaders) & set(packages) else [" | ".join(loaders)],
        "signed boot loader": [name for name in signed if name not in packages],
        "package": [name for name in BASE if name not in packages],
        "udeb": [name for name in UDEBS if name not in udebs],
    }
    return {kind: names for kind, names in missing.items() if names}
