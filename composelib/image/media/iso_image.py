"""Write ISO images of files, which need not be in one tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from composelib.files import write_file, written_aside
from composelib.image.media.boot import BIOS_IMAGE, EFI_IMAGE
from composelib.image.media.checksums import list_files
from composelib.image.media.identifiers import derive_uuid
from composelib.image.media.written_check import check_iso
from composelib.tools import grub, xorriso
from composelib.tools.run import run


def write_iso(
    iso: Path,
    content: Iterable[tuple[str, Path]],
    volume: str,
    epoch: int,
    path_list: Path,
    *,
    boot: Sequence[str] = (),
    durable: bool = True,
    check: Callable[[int], None] = lambda _: None,
) -> None:
    """Write an ISO image of files, each with its path on the medium and its path here.

    `path_list` is a file for xorriso that is written first, `boot` its options that let the image start. `check` gets
    the image's size and may raise before the image appears.
    """
    rows = list(content)
    write_file(path_list, xorriso.format_path_list(rows))
    with written_aside(iso, durable=durable) as aside:
        run(xorriso.mkisofs(volume, epoch, derive_uuid(volume, "medium"), path_list, aside, boot))
        check_iso(aside, (path for _, path in rows if path.is_file()))
        check(aside.stat().st_size)


def write_tree(iso: Path, tree: Path, arch: str, volume: str, epoch: int) -> None:
    """Write a bootable ISO image of a tree after write_boot_files; the list of its files is written beside the tree."""
    content = ((str(name), tree / name) for name in list_files(tree))
    write_iso(iso, content, volume, epoch, tree.with_name("paths"), boot=list_boot_options(arch))


def list_boot_options(arch: str) -> list[str]:
    """Return xorriso's options for an image that starts with the files of write_boot_files."""
    return grub.make_boot_options(grub.ARCHES[arch], BIOS_IMAGE, EFI_IMAGE)
