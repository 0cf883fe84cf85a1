"""The programs by which UEFI firmware starts a disk, as packages in the disk's own root have them.

They cannot be given a configuration: GRUB reads `EFI/debian/grub.cfg` on the file system that it was started from. On
amd64, GRUB without signature is made of this machine's modules instead.
"""

from __future__ import annotations

from collections.abc import Callable

from composelib.errors import ComposeError
from composelib.image.media.secure_boot import choose_signed, list_signed_files
from composelib.tools import grub

ReadFile = Callable[[str], bytes | None]
"""Returns the content of a file of the root by its path; None if there is no such file."""
PLATFORMS = {"arm64": "arm64-efi", "riscv64": "riscv64-efi"}
"""By arch: the GRUB platform of disks whose GRUB is their own root's."""
PACKAGES = ("grub-efi-{arch}-bin", "grub-efi-{arch}-unsigned", "grub-efi-{arch}-signed")
"""The packages that have GRUB as a whole program; the first has, or depends on, one without a signature in every Debian."""


def choose_loaders(arch: str, secure_boot: str, read: ReadFile, kernel: bytes) -> dict[str, bytes]:
    """Return the programs of a root by their paths in an ESP; empty if GRUB is to be made of this machine's modules.

    Raise ComposeError if the root must have GRUB and has not, or `secure_boot` is `always` and signed programs are missing.
    """
    return choose_signed(list_signed_files(arch), secure_boot, read, kernel) or read_grub(arch, read)


def read_grub(arch: str, read: ReadFile) -> dict[str, bytes]:
    """Return GRUB as a root's package has it, by its path in an ESP; empty on an arch whose disks do not take it from there.

    Raise ComposeError if the root has none.
    """
    if arch not in PLATFORMS:
        return {}
    folder, name = f"usr/lib/grub/{PLATFORMS[arch]}", grub.EFI_NAMES[PLATFORMS[arch]]
    program = f"grub{name.removeprefix('BOOT').lower()}"
    for path in (f"{folder}/monolithic/{program}", f"{folder}-signed/{program}.signed"):
        if content := read(path):
            return {f"EFI/BOOT/{name}": content}
    cure = f"add {list_packages(arch)[0]} to the image's packages"
    raise ComposeError(f"the root file system has no GRUB for {arch}, /{folder}/monolithic/{program}", cure)


def list_packages(arch: str) -> tuple[str, ...]:
    """Return the packages of which the root of a disk needs one; none if it needs none."""
    return tuple(name.format(arch=arch) for name in PACKAGES) if arch in PLATFORMS else ()
