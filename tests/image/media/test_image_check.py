from __future__ import annotations

import struct
from pathlib import Path

import pytest

from composelib.image.media.image_check import BadImageError, check_image, find_arch
from tests.kit.raw_disks import write_raw_disk

MIB = 1 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Return a disk with tables, and of its file systems only what they are known by."""
    return write_raw_disk(tmp_path / "disk.raw")


def spoil(path: Path, offset: int) -> None:
    with path.open("rb+") as stream:
        stream.seek(offset)
        stream.write(b"\xff\xfe\xfd\xfc")


@pytest.mark.parametrize("arch", ["amd64", "arm64", "riscv64"])
def test_a_disk_says_its_arch(arch: str, tmp_path: Path) -> None:
    assert find_arch(write_raw_disk(tmp_path / "disk.raw", arch=arch)) == arch


def test_what_has_no_partitions_says_none(tmp_path: Path) -> None:
    (tmp_path / "disk.raw").write_bytes(bytes(4096))
    assert not find_arch(tmp_path / "disk.raw")


def test_a_sound_disk_is_described(disk: Path) -> None:
    assert check_image(disk, bootable=True) == ["GPT with bios, esp, root", "ESP", "ext4 root"]


@pytest.mark.parametrize(
    ("offset", "message"),
    [
        (510, "no boot record"),
        (512, "no GPT"),
        (512 + 24, "the GPT's checksum is wrong"),
        (1024, "the checksum of the GPT's entries is wrong"),
        (128 * MIB - 512, "the GPT's backup is not where it should be"),
        (2 * MIB + 510, "the ESP is no FAT file system"),
        (66 * MIB + 1080, "the root partition is no file system of ext4, btrfs"),
    ],
)
def test_damage_is_named(disk: Path, offset: int, message: str) -> None:
    spoil(disk, offset)
    with pytest.raises(BadImageError, match=message):
        check_image(disk, bootable=True)


def test_a_format_is_checked_by_its_magic_bytes(tmp_path: Path) -> None:
    path = tmp_path / "disk.qcow2"
    path.write_bytes(b"QFI\xfb" + bytes(100))
    assert check_image(path, bootable=True) == ["qcow2 magic"]
    path.write_bytes(bytes(100))
    with pytest.raises(BadImageError, match="not qcow2: its magic bytes are missing"):
        check_image(path, bootable=True)


def test_a_disc_that_is_not_to_start_needs_no_boot_loader(tmp_path: Path) -> None:
    path = tmp_path / "data.iso"
    volume = b"\x01CD001".ljust(40) + b"DATA".ljust(40) + struct.pack("<I", 17)
    path.write_bytes(bytes(16 * 2048) + volume.ljust(2048, b"\0"))
    assert check_image(path, bootable=False) == ["volume ID DATA"]
    with pytest.raises(BadImageError, match="no El Torito boot record"):
        check_image(path, bootable=True)
