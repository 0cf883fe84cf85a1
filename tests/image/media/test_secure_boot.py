"""Signed boot loaders."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

import pytest

from composelib.errors import ComposeError
from composelib.image.media.secure_boot import (
    SignedFile,
    choose_signed,
    has_signature,
    list_network_files,
    list_signed_files,
)
from composelib.image.root.tar import find_content, list_members
from composelib.model.image_traits import ALWAYS
from tests.kit.root_tars import FILES, LINKS, VERSION, write_tiny_root

KERNEL = f"boot/vmlinuz-{VERSION}"


def make_program(*, signed: bool, magic: int = 0x20B) -> bytes:
    """Return a program in PE form that has nothing but headers, and signatures after them."""
    header = 0x40
    directory = header + 24 + {0x20B: 144, 0x10B: 128}[magic]
    content = bytearray(directory + 8)
    struct.pack_into("<I", content, 0x3C, header)
    struct.pack_into("<4s20xH", content, header, b"PE\0\0", magic)
    if signed:
        struct.pack_into("<II", content, directory, len(content), 16)
    return bytes(content) + bytes(16)


SIGNED = make_program(signed=True)


def write_root(path: Path, contents: Mapping[str, bytes] = MappingProxyType({}), arch: str = "amd64") -> Path:
    """Write a root with signed programs; `contents` replaces that of the kernel, shim or GRUB."""
    files = {file.source: SIGNED for file in list_signed_files(arch)}
    shim, grub, _ = files
    replaced = {"kernel": KERNEL, "shim": shim, "grub": grub}
    files |= {KERNEL: SIGNED} | {replaced[name]: content for name, content in contents.items()}
    return write_tiny_root(path, FILES | {name: content for name, content in files.items() if content})


def choose(root: Path, secure_boot: str = ALWAYS, arch: str = "amd64") -> dict[str, bytes]:
    read = partial(find_content, root, list_members(root))
    return choose_signed(list_signed_files(arch), secure_boot, read, read(KERNEL) or b"")


@pytest.mark.parametrize("magic", [0x20B, 0x10B])
def test_a_program_says_whether_it_bears_signatures(magic: int) -> None:
    assert has_signature(make_program(signed=True, magic=magic))
    assert not has_signature(make_program(signed=False, magic=magic))


@pytest.mark.parametrize("content", [b"", b"kernel" * 1000, SIGNED[:-1], SIGNED[:100]])
def test_what_is_no_whole_program_bears_none(content: bytes) -> None:
    assert not has_signature(content)


@pytest.mark.parametrize(("arch", "suffix"), [("amd64", "x64"), ("arm64", "aa64")])
def test_the_signed_programs_lie_where_firmware_and_shim_look_for_them(tmp_path: Path, arch: str, suffix: str) -> None:
    root = write_root(tmp_path / "root.tar", arch=arch)
    names = [f"EFI/BOOT/BOOT{suffix.upper()}.EFI", f"EFI/BOOT/grub{suffix}.efi", f"EFI/BOOT/mm{suffix}.efi"]
    assert choose(root, arch=arch) == dict.fromkeys(names, SIGNED)


@pytest.mark.parametrize("contents", [{"shim": b""}, {"grub": b""}, {"kernel": b"not signed"}])
def test_a_root_without_them_starts_by_loaders_of_ours_unless_secure_boot_is_asked_for(
    tmp_path: Path, contents: dict[str, bytes]
) -> None:
    root = write_root(tmp_path / "root.tar", contents)
    assert choose(root, "if-signed") == {}
    with pytest.raises(ComposeError):
        choose(root)


def test_what_secure_boot_misses_is_named_with_its_cure(tmp_path: Path) -> None:
    root = write_tiny_root(tmp_path / "root.tar", FILES, LINKS)
    with pytest.raises(ComposeError, match="Secure Boot needs shim-signed and grub-efi-amd64-signed") as caught:
        choose(root)
    assert caught.value.hint == "add them to its packages, or set `secure-boot: false`"


def test_an_unsigned_shim_is_never_delivered_as_a_signed_one(tmp_path: Path) -> None:
    shim = list_signed_files("amd64")[0].source
    with pytest.raises(ComposeError, match=re.escape(f"/{shim} is not signed")):
        choose(write_root(tmp_path / "root.tar", {"shim": make_program(signed=False)}))


def test_without_secure_boot_nothing_is_looked_at(tmp_path: Path) -> None:
    assert choose(write_root(tmp_path / "root.tar"), "") == {}


def test_the_installer_for_the_network_has_signed_programs_of_its_own() -> None:
    files = {"bootnetaa64.efi": SIGNED, "grubaa64.efi": SIGNED}
    names = ["EFI/BOOT/BOOTAA64.EFI", "EFI/BOOT/grubaa64.efi"]
    assert choose_signed(list_network_files("arm64"), ALWAYS, files.get, SIGNED) == dict.fromkeys(names, SIGNED)
    with pytest.raises(
        ComposeError, match=r"needs an installer that has bootnetaa64.efi and an installer that has grub"
    ):
        choose_signed(list_network_files("arm64"), ALWAYS, lambda _: None, SIGNED)


@pytest.mark.parametrize("list_files", [list_signed_files, list_network_files])
def test_an_arch_without_signed_programs_is_told(list_files: Callable[[str], tuple[SignedFile, ...]]) -> None:
    assert choose_signed(list_files("riscv64"), "if-signed", lambda _: None, SIGNED) == {}
    with pytest.raises(ComposeError, match="Debian signs no boot loaders for this arch"):
        choose_signed(list_files("riscv64"), ALWAYS, lambda _: None, SIGNED)
