"""The boot files of a medium: GRUB core images and a FAT image of them, in a tree that becomes an ISO."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from composelib.errors import MachineError
from composelib.files import scratch_folder, write_file
from composelib.image.media.grub_menu import embed_file_search
from composelib.image.media.identifiers import derive_fat_id
from composelib.image.media.secure_boot import CONFIG, write_search
from composelib.image.media.written_check import check_core, check_fat
from composelib.tools import binfmt, grub, mkfs
from composelib.tools.run import run

BIOS_IMAGE = "boot/grub/i386-pc/eltorito.img"
EFI_IMAGE = "boot/grub/efi.img"
FAT_SLACK = 256  # KiB of tables and folders


def write_boot_files(
    tree: Path,
    arch: str,
    volume: str,
    menu: str,
    epoch: int,
    signed: Mapping[str, bytes] = MappingProxyType({}),
    grub_config: str = CONFIG,
) -> None:
    """Put the boot files for BIOS and UEFI into a tree: `boot/grub`, `EFI`, the marker in `.disk/id`.

    `volume` is the medium's volume ID; GRUB finds the medium, and its menu, by the marker of that name. `signed` are the
    programs for UEFI that Debian has signed, by their paths; without them GRUB for UEFI is ours. `grub_config` is where the
    signed GRUB reads its configuration.
    """
    marker = f".disk/id/{volume}"
    write_file(tree / marker, f"{volume}\n")
    write_file(tree / "boot/grub/grub.cfg", menu)
    with scratch_folder(tree.with_name(f".{tree.name}.boot")) as folder:
        config = folder / "embedded.cfg"
        config.write_text(embed_file_search(f"/{marker}"))
        for platform in grub.ARCHES[arch]:
            if not (signed and platform in grub.EFI_NAMES):
                lay_platform(tree, platform, config)
        packaged = configure_loaders(signed, config, folder, grub_config)
        for name, path in packaged.items():
            write_file(tree / name, path.read_bytes())
        make_esp(tree / EFI_IMAGE, list_efi_files(tree) | packaged, derive_fat_id(volume), epoch)


def configure_loaders(
    loaders: Mapping[str, bytes], config: Path, folder: Path, grub_config: str = CONFIG
) -> dict[str, Path]:
    """Write packaged programs and their configuration to a folder; return them by their paths in an ESP."""
    contents = {**loaders, grub_config: write_search(config.read_text()).encode()} if loaders else {}
    for name, content in contents.items():
        write_file(folder / "loaders" / name, content)
    return {name: folder / "loaders" / name for name in contents}


def lay_platform(tree: Path, platform: str, config: Path) -> None:
    """Put the core image of one platform into a tree."""
    if platform == "i386-pc":
        output, platform = tree / BIOS_IMAGE, "i386-pc-eltorito"
    else:
        output = tree / "EFI" / "BOOT" / grub.EFI_NAMES[platform]
    output.parent.mkdir(parents=True, exist_ok=True)
    make_core(platform, config, output)


def make_core(platform: str, config: Path, output: Path) -> None:
    """Make a GRUB core image. Raise MachineError if GRUB's modules for its platform are not installed."""
    folder = grub.find_modules(platform)
    if not folder.exists():
        raise MachineError(f"{folder}: GRUB's modules are not installed", find_modules_cure(folder.name))
    run(grub.mkimage(platform, config, output))
    check_core(output, platform)


def find_modules_cure(platform: str) -> str:
    """Return the advice for a machine without GRUB's modules for a platform: their packages are of the platform's arch alone."""
    package = grub.MODULE_PACKAGES[platform]
    arch = next(arch for arch, platforms in grub.ARCHES.items() if platform in platforms)
    if arch == binfmt.read_native_arch():
        return f"apt-get install {package}"
    return f"`dpkg --add-architecture {arch}`, `apt-get update`, `apt-get install {package}:{arch}`"


def list_efi_files(tree: Path) -> dict[str, Path]:
    """Return the files in a tree's EFI, by their path in the FAT image."""
    return {str(path.relative_to(tree)): path for path in sorted((tree / "EFI").rglob("*")) if path.is_file()}


def make_esp(
    image: Path,
    files: Mapping[str, Path],
    number: str,
    epoch: int,
    kib: int = 0,
    *,
    label: str = "",
    folders: Iterable[str] = (),
) -> None:
    """Make a FAT file system with files in it, by their paths, of `kib` KiB; if that is 0, as small as they allow.

    `folders` are those that are there with or without files in them.
    """
    image.unlink(missing_ok=True)
    needed = sum(-(-path.stat().st_size // 1024) + 1 for path in files.values())
    run(mkfs.vfat(image, kib or -(-(needed + FAT_SLACK) // 1024) * 1024, number, label))
    environment = {"SOURCE_DATE_EPOCH": str(epoch)}
    if folders := sorted({*folders, *(str(parent) for name in files for parent in Path(name).parents)} - {"."}):
        run(mkfs.mmd(image, folders), env=environment)
    for name, path in files.items():
        os.utime(path, (epoch, epoch))
        run(mkfs.mcopy(image, path, name), env=environment)
    check_fat(image, files.values())
