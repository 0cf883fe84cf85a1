"""grub-mkimage: GRUB core images that contain all modules they need, so that none is loaded from a medium."""

from __future__ import annotations

from pathlib import Path

MODULE_PACKAGES = {
    "i386-pc": "grub-pc-bin",
    "x86_64-efi": "grub-efi-amd64-bin",
    "arm64-efi": "grub-efi-arm64-bin",
    "riscv64-efi": "grub-efi-riscv64-bin",
}
LIBRARY = Path("/usr/lib/grub")
COMMON = (
    *("normal", "configfile", "linux", "echo", "test", "true", "sleep", "search", "search_label", "search_fs_uuid"),
    *("search_fs_file", "iso9660", "part_msdos", "part_gpt", "fat", "ext2", "serial", "terminal", "loadenv", "ls"),
    *("cat", "help", "reboot", "halt", "minicmd", "boot", "gzio", "loopback", "all_video", "gfxterm", "font", "regexp"),
    *("keystatus", "read", "probe", "syslinuxcfg", "btrfs", "xfs"),
)
PLATFORMS = {
    "i386-pc": (*COMMON, "biosdisk", "chain", "ntldr"),
    "i386-pc-eltorito": (*COMMON, "biosdisk", "chain", "ntldr"),
    "x86_64-efi": (*COMMON, "efi_gop", "efi_uga", "chain", "efifwsetup"),
    "arm64-efi": (*COMMON, "efi_gop", "chain", "efifwsetup"),
    "riscv64-efi": (*COMMON, "efi_gop", "chain", "efifwsetup"),
}
EFI_NAMES = {  # UEFI specification, 3.5.1.1
    "x86_64-efi": "BOOTX64.EFI",
    "arm64-efi": "BOOTAA64.EFI",
    "riscv64-efi": "BOOTRISCV64.EFI",
}
ARCHES = {"amd64": ("i386-pc", "x86_64-efi"), "arm64": ("arm64-efi",), "riscv64": ("riscv64-efi",)}
"""The GRUB platforms by which an arch's machines boot."""


def find_modules(platform: str, library: Path = LIBRARY) -> Path:
    """Return the folder with the modules and boot sectors of a platform."""
    return library / platform.removesuffix("-eltorito")


def mkimage(platform: str, config: Path, output: Path, library: Path = LIBRARY) -> list[str]:
    """Return the command that makes a core image with `config` embedded (grub-mkimage(1))."""
    command = ["grub-mkimage", "-O", platform, "-d", str(find_modules(platform, library)), "-p", "/boot/grub"]
    return [*command, "-c", str(config), "-o", str(output), *PLATFORMS[platform]]


def make_boot_options(platforms: tuple[str, ...], bios: str, efi: str, library: Path = LIBRARY) -> list[str]:
    """Return xorriso's mkisofs options for an image that boots from CD and from disk.

    `bios` and `efi` are the boot images' paths on the medium: an El Torito core image, and a FAT image that is also a
    partition of the GPT, an ESP.
    """
    words: list[str] = []
    if "i386-pc" in platforms:
        words += ["-c", "boot/boot.cat", "-b", bios, "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table"]
        words += ["--grub2-boot-info", "--grub2-mbr", str(find_modules("i386-pc", library) / "boot_hybrid.img")]
        words += ["--protective-msdos-label", "-eltorito-alt-boot"]
    return [*words, "-e", efi, "-no-emul-boot", "-efi-boot-part", "--efi-boot-image"]
