"""Debian's signed boot loaders, which UEFI firmware with Secure Boot accepts: shim starts GRUB, and GRUB a signed kernel.

The signed GRUB cannot be given a configuration of ours: it reads `EFI/debian/grub.cfg` on the file system that it was
started from (wiki.debian.org/SecureBoot).
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from composelib.dataclass import dataclass
from composelib.errors import ComposeError
from composelib.model.image_traits import ALWAYS

CONFIG = "EFI/debian/grub.cfg"
"""Where the signed GRUB reads its configuration."""
SUFFIXES = {"amd64": "x64", "arm64": "aa64"}
"""The names of arches in those of UEFI programs (UEFI specification, 3.5.1.1)."""
PLATFORMS = {"amd64": "x86_64-efi", "arm64": "arm64-efi"}
CERTIFICATES = {0x10B: 128, 0x20B: 144}
"""By the magic number of a program's optional header: where in it the size and place of the signatures are (PE format)."""


@dataclass(frozen=True)
class SignedFile:
    """A signed program: its path in an ESP, the path in a root of the package that has it, and that package's name."""

    target: str
    source: str
    package: str


def list_signed_files(arch: str) -> tuple[SignedFile, ...]:
    """Return the signed programs of an arch: shim, GRUB, and the manager of the owner's keys, which may be missing."""
    suffix = SUFFIXES[arch]
    grub = f"usr/lib/grub/{PLATFORMS[arch]}-signed/grub{suffix}.efi.signed"
    return (
        SignedFile(f"EFI/BOOT/BOOT{suffix.upper()}.EFI", f"usr/lib/shim/shim{suffix}.efi.signed", "shim-signed"),
        SignedFile(f"EFI/BOOT/grub{suffix}.efi", grub, f"grub-efi-{arch}-signed"),
        SignedFile(f"EFI/BOOT/mm{suffix}.efi", f"usr/lib/shim/mm{suffix}.efi.signed", ""),
    )


def choose_signed(arch: str, secure_boot: str, read: Callable[[str], bytes | None], kernel: bytes) -> dict[str, bytes]:
    """Return the signed programs of an arch by their paths in an ESP; `read` returns a packaged file's content, or None.

    None if there are none or the kernel is not signed, unless `secure_boot` is `always`: then raise ComposeError.
    """
    if not secure_boot or arch not in SUFFIXES:
        return {}
    contents = {file: read(file.source) for file in list_signed_files(arch)}
    missing = [file.package for file, content in contents.items() if file.package and content is None]
    if not missing and has_signature(kernel):
        return {file.target: require_signature(file, content) for file, content in contents.items() if content}
    if secure_boot != ALWAYS:
        return {}
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
