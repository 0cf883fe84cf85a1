from __future__ import annotations

from pathlib import Path

from composelib.tools import grub


def test_a_core_image_for_cds_is_made_of_the_platforms_modules() -> None:
    command = grub.mkimage("i386-pc-eltorito", Path("config"), Path("out"), Path("/lib"))
    assert command[:5] == ["grub-mkimage", "-O", "i386-pc-eltorito", "-d", "/lib/i386-pc"]
    assert {"biosdisk", "iso9660"} <= set(command)


def test_an_image_starts_by_bios_only_where_there_is_one() -> None:
    amd64 = grub.make_boot_options(grub.ARCHES["amd64"], "bios.img", "efi.img")
    arm64 = grub.make_boot_options(grub.ARCHES["arm64"], "bios.img", "efi.img")
    assert amd64[amd64.index("-b") + 1] == "bios.img"
    assert "-eltorito-alt-boot" in amd64
    assert arm64 == ["-e", "efi.img", "-no-emul-boot", "-efi-boot-part", "--efi-boot-image"]


def test_every_platform_of_an_arch_has_modules_and_a_package() -> None:
    platforms = {platform for names in grub.ARCHES.values() for platform in names}
    assert platforms <= grub.PLATFORMS.keys()
    assert platforms <= grub.MODULE_PACKAGES.keys()
