"""Check what a program wrote before it counts: one may end with exit status 0 and leave half of its output.

Each check raises BadImageError, which names the program.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO

from composelib.image.media.image_check import BadImageError, check_disc, read_at, require
from composelib.tools import compress, jigdo_file, mkfs, qemu_img
from composelib.tools.run import ToolError, run

BLOCK = 1 << 20
RESERVED = 11
"""Inodes of an ext4 file system that no file of its tree takes: those below 11, and lost+found."""

PACKED = {"zst": b"\x28\xb5\x2f\xfd", "gz": b"\x1f\x8b", "xz": b"\xfd7zXZ"}
"""What compressed files begin with."""
CPIO, CPIO_END = b"070701", b"TRAILER!!!"


@contextmanager
def blame_writer(program: str) -> Iterator[None]:
    """Name the program that wrote a file in an error about it in the block."""
    try:
        yield
    except (BadImageError, ToolError) as error:
        raise BadImageError(
            f"{program} ended with exit status 0, but {error.message}",
            f"see the log; is {program}, or the disk, sound?",
        ) from None


@blame_writer("xorriso")
def check_iso(iso: Path, contents: Iterable[Path]) -> None:
    """Check that an ISO image is as long as its volume descriptor says, and not shorter than the files on it."""
    check_disc(iso, bootable=False)
    sizes = {(status.st_dev, status.st_ino): status.st_size for path in contents for status in [path.stat()]}
    size = iso.stat().st_size
    require(size >= sum(sizes.values()), iso, f"cut off: {size} bytes, but the files on it have {sum(sizes.values())}")


@blame_writer("tar2sqfs")
def check_squashfs(image: Path, inodes: int) -> None:
    """Check that a squashfs is as long as its superblock says, and has no fewer inodes than were put into it."""
    with image.open("rb") as stream:
        head = read_at(stream, 0, 96).ljust(96, b"\0")
    require(head[:4] == b"hsqs", image, "no squashfs")
    (length,) = struct.unpack_from("<Q", head, 40)
    (count,) = struct.unpack_from("<I", head, 4)
    size = image.stat().st_size
    require(length <= size, image, f"cut off: {size} bytes of {length}")
    require(count >= inodes, image, f"it has {count} files and folders of {inodes}")


@blame_writer("mke2fs")
def check_ext4(partition: Path, tree: Path, used: int, environment: dict[str, str]) -> None:
    """Check an ext4 file system by e2fsck, and that it has as many inodes as its tree has files; `used` are all it has."""
    inodes = {
        (status.st_dev, status.st_ino)
        for folder, names, files in os.walk(tree)
        for status in (os.lstat(os.path.join(folder, name)) for name in (*names, *files))  # noqa: PTH118 - many
    }
    require(used - RESERVED >= len(inodes), partition, f"it has {used - RESERVED} files and folders of {len(inodes)}")
    run(mkfs.fsck(partition), env=environment)


@blame_writer("mcopy")
def check_fat(image: Path, contents: Iterable[Path]) -> None:
    """Check that a new FAT file system has the bytes of all files that were copied into it: they are in one piece there."""
    with image.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        for path in contents:
            require(whole.find(path.read_bytes()) >= 0, image, f"{path.name} is not whole in it")


@blame_writer("grub-mkimage")
def check_core(core: Path, platform: str) -> None:
    """Check that a GRUB core image is as long as its headers say."""
    content = core.read_bytes()
    needed = measure_program(content) if platform.endswith("-efi") else measure_core(content, platform)
    require(0 < needed <= len(content), core, f"cut off: {len(content)} bytes, not a whole core image for {platform}")


def measure_core(content: bytes, platform: str) -> int:
    """Return the bytes of a BIOS core image: its first sectors, then a program that says how much it unpacks."""
    start = 2560 if platform.endswith("eltorito") else 512
    return start + struct.unpack_from("<I", content, start + 8)[0] if len(content) > start + 12 else 0


def measure_program(content: bytes) -> int:
    """Return the bytes of a program in PE form: where the last of its sections ends; 0 if it has no such form."""
    try:
        (header,) = struct.unpack_from("<I", content, 0x3C)
        magic, _, count, _, _, _, optional = struct.unpack_from("<4sHHIIIH", content, header)
        first = header + 24 + optional
        ends = [sum(struct.unpack_from("<II", content, first + 40 * number + 16)) for number in range(count)]
    except struct.error:
        return 0
    return max(ends, default=0) if magic == b"PE\0\0" else 0


@blame_writer("qemu-img")
def check_converted(raw: Path, image: Path, form: str) -> None:
    """Check that an image in another format has the same content as the raw disk."""
    run(qemu_img.compare_content(raw, image, form))


def check_compressed(source: Path, packed: Path, form: str) -> None:
    """Check that a compressed file is the source when it is unpacked."""
    program = compress.COMMANDS[form][0]
    reading, writing = os.pipe()
    result: list[bool] = []
    with (
        blame_writer(program),
        source.open("rb") as plain,
        os.fdopen(reading, "rb") as unpacked,
        packed.open("rb") as stream,
    ):
        comparing = Thread(target=lambda: result.append(compare_streams(plain, unpacked)))
        comparing.start()
        try:
            with os.fdopen(writing, "wb") as sink:
                run(compress.unpack(form), stdin=stream, stdout=sink)
        finally:
            comparing.join()
        require(result == [True], packed, f"not the whole of {source.name} when it is unpacked")


def compare_streams(first: IO[bytes], second: IO[bytes]) -> bool:
    """Return whether two streams have the same content; read the second to its end."""
    same = True
    while block := second.read(BLOCK):
        same = same and first.read(len(block)) == block
    return same and not first.read(1)


@blame_writer("tar")
def check_unpacked(folder: Path, members: int) -> None:
    """Check that a folder has as many files and folders as the tar that was unpacked into it."""
    count = sum(len(names) + len(files) for _, names, files in os.walk(folder))
    require(count >= members, folder, f"it has {count} files and folders of {members}")


@blame_writer("dracut")
def check_initramfs(image: Path) -> None:
    """Check that an initramfs, before which there may be a processor's microcode, unpacks to its end.

    dracut compresses it with gzip if the root has no zstd.
    """
    content = skip_microcode(image.read_bytes())
    form = next((form for form, magic in PACKED.items() if content.startswith(magic)), "")
    require(bool(form), image, "not compressed in a way that is known")
    run(compress.unpack(form), input=content, capture=True)


def skip_microcode(content: bytes) -> bytes:
    """Return an initramfs without the archive before it that is not compressed, if there is one."""
    return content.partition(CPIO_END)[2].lstrip(b"\0") if content.startswith(CPIO) else content


@blame_writer("jigdo-file")
def check_template(image: Path, template: Path) -> None:
    """Check that a template is whole and of this image."""
    run(jigdo_file.verify_template(image, template))
