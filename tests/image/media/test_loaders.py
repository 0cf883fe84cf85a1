"""Boot loaders of a disk's own root."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from composelib.errors import ComposeError
from composelib.image.media.loaders import ReadFile, choose_loaders, list_packages
from composelib.image.media.secure_boot import list_signed_files
from composelib.model.image_traits import ALWAYS
from tests.image.media.test_secure_boot import SIGNED

UNSIGNED = {
    "arm64": ("usr/lib/grub/arm64-efi/monolithic/grubaa64.efi", "EFI/BOOT/BOOTAA64.EFI"),
    "riscv64": ("usr/lib/grub/riscv64-efi/monolithic/grubriscv64.efi", "EFI/BOOT/BOOTRISCV64.EFI"),
}


def read_from(files: Mapping[str, bytes]) -> ReadFile:
    """Return the function that reads these files of a root."""
    return lambda path: files.get(path, None)


@pytest.mark.parametrize("arch", UNSIGNED)
def test_grub_is_that_of_the_disks_own_root(arch: str) -> None:
    source, target = UNSIGNED[arch]
    assert choose_loaders(arch, "if-signed", read_from({source: b"GRUB"}), b"") == {target: b"GRUB"}


def test_signed_programs_come_before_it() -> None:
    files = {file.source: SIGNED for file in list_signed_files("arm64")}
    assert len(choose_loaders("arm64", ALWAYS, read_from({**files, UNSIGNED["arm64"][0]: b"GRUB"}), SIGNED)) == len(
        files
    )


def test_the_signed_grub_starts_by_itself_if_there_is_no_other() -> None:
    (_, grub, _) = list_signed_files("arm64")
    assert choose_loaders("arm64", "if-signed", read_from({grub.source: SIGNED}), b"") == {
        "EFI/BOOT/BOOTAA64.EFI": SIGNED
    }


def test_a_root_without_grub_is_told_with_the_package_that_has_it() -> None:
    with pytest.raises(ComposeError, match=r"has no GRUB for riscv64, .*; add grub-efi-riscv64-bin to the image's"):
        choose_loaders("riscv64", "", read_from({}), b"")


def test_on_amd64_grub_is_made_of_this_machines_modules() -> None:
    assert not choose_loaders("amd64", "", read_from({}), b"")
    assert not list_packages("amd64")
