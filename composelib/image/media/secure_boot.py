"""Debian's signed boot loaders, which UEFI firmware with Secure Boot accepts: shim starts GRUB, and GRUB a signed kernel.

The signed GRUB cannot be given a configuration of ours: it reads `EFI/debian/grub.cfg` on the file system that it was
started from (wiki.debian.org/SecureBoot), that of the installer for the network `debian-installer/ARCH/grub/grub.cfg`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from composelib.dataclass import dataclass
from composelib.errors import ComposeError
from composelib.model.image_traits import ALWAYS

CONFIG = "EFI/debian/grub.cfg"
"""Where the signed GRUB reads its configuration."""
NETWORK_CONFIG = "debian-installer/{arch}/grub/grub.cfg"
"""Where the signed GRUB of an installer for the network does."""
SUFFIXES = {"amd64": "x64", "arm64": "aa64"}
"""The names of arches in those of UEFI programs (UEFI specification, 3.5.1.1)."""
PLATFORMS = {"amd64": "x86_64-efi", "arm64": "arm64-efi"}
CERTIFICATES = {0x10B: 128, 0x20B: 144}
"""By the magic number of a program's optional header: where in it the size and place of the signatures are (PE format)."""


@dataclass(frozen=True)
class SignedFile:
    """A signed program: its path in an ESP, its path where it comes from, and what is missing if it is not there.

    Without the latter, it need not be there.
    """

    target: str
    source: str
    owner: str = ""


def list_signed_files(arch: str) -> tuple[SignedFile, ...]:
    """Return the signed programs in an arch's packages: shim, GRUB, and the manager of the owner's keys; none if it has none."""
    if arch not in SUFFIXES:
        return ()
    suffix = SUFFIXES[arch]
    grub = f"usr/lib/grub/{PLATFORMS[arch]}-signed/grub{suffix}.efi.signed"
    return (
        SignedFile(f"EFI/BOOT/BOOT{suffix.upper()}.EFI", f"usr/lib/shim/shim{suffix}.efi.signed", "shim-signed"),
        SignedFile(f"EFI/BOOT/grub{suffix}.efi", grub, f"grub-efi-{arch}-signed"),
        SignedFile(f"EFI/BOOT/mm{suffix}.efi", f"usr/lib/shim/mm{suffix}.efi.signed"),
    )


def list_network_files(arch: str) -> tuple[SignedFile, ...]:
    """Return the signed programs in an installer's folder for the network; none if the arch has none."""
    if arch not in SUFFIXES:
        return ()
    suffix = SUFFIXES[arch]
    shim, grub = f"bootnet{suffix}.efi", f"grub{suffix}.efi"
    return (
        SignedFile(f"EFI/BOOT/BOOT{suffix.upper()}.EFI", shim, f"an installer that has {shim}"),
        SignedFile(f"EFI/BOOT/{grub}", grub, f"an installer that has {grub}"),
    )


def choose_signed(
    files: Sequence[SignedFile], secure_boot: str, read: Callable[[str], bytes | None], kernel: bytes
) -> dict[str, bytes]:
    """Return signed programs by their paths in an ESP; `read` returns the content of a file where they come from, or None.

    None if they are not all there or the kernel is not signed, unless `secure_boot` is `always`: then raise ComposeError.
    """
    if not secure_boot:
        return {}
    contents = {file: read(file.source) for file in files}
    missing = [file.owner for file, content in contents.items() if file.owner and content is None]
    if files and not missing and has_signature(kernel):
        return {file.target: require_signature(file, content) for file, content in contents.items() if content}
    if secure_boot != ALWAYS:
        return {}
    if not files:
        raise ComposeError("Debian signs no boot loaders for this arch", "set `secure-boot: false`")
    if missing:
        raise ComposeError(
            f"Secure Boot needs {' and '.join(missing)}", "add them to its packages, or set `secure-boot: false`"
        )
    raise ComposeError("Secure Boot needs a signed kernel", "take Debian's, or set `secure-boot: false`")


def require_signature(file: SignedFile, content: bytes) -> bytes:
    """Return the content of a signed program. Raise ComposeError if it is not signed."""
    if not has_signature(content):
        raise ComposeError(f"/{file.source} is not signed", "take it from Debian's package")
    return content


def has_signature(content: bytes) -> bool:
    """Return whether a program in PE form bears signatures; whose they are is for the firmware to judge."""
    try:
        (header,) = struct.unpack_from("<I", content, 0x3C)
        name, magic = struct.unpack_from("<4s20xH", content, header)
        start, size = struct.unpack_from("<II", content, header + 24 + CERTIFICATES.get(magic, 0))
    except struct.error:
        return False
    return name == b"PE\0\0" and magic in CERTIFICATES and 0 < start < start + size <= len(content)


def write_search(search: str) -> str:
    """Return the configuration of the signed GRUB that finds a menu by the commands that a core image of ours has in it."""
    return f"{search}configfile $prefix/grub.cfg\n"
