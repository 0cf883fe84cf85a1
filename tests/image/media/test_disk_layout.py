from __future__ import annotations

from dataclasses import replace

import pytest

from composelib.errors import ComposeError
from composelib.image.media import disk_layout
from composelib.image.media.disk_layout import DiskOptions
from composelib.model.partition import DiskPartition

MIB = 1 << 20
OPTIONS = DiskOptions("tiny", "amd64", "Tiny", 0, "", cloud_init=False)


def test_a_disk_without_a_configured_size_has_room_to_spare() -> None:
    disk = disk_layout.fit_disk(OPTIONS, {"/": 500 * MIB})
    assert disk.root.partition.size >= 500 * MIB + disk_layout.SPARE


def test_a_configured_size_that_is_too_small_is_refused_with_one_that_would_do() -> None:
    with pytest.raises(
        ComposeError, match=r"^a disk of 0\.42 GB is too small for .* 0\.52 GB; set `size: \d\.\dGB` or more$"
    ):
        disk_layout.fit_disk(replace(OPTIONS, size=400 * MIB), {"/": 500 * MIB})


def test_only_disks_that_start_by_bios_have_a_partition_for_it() -> None:
    assert disk_layout.fit_disk(OPTIONS, {"/": MIB}).core
    assert not disk_layout.fit_disk(replace(OPTIONS, arch="arm64"), {"/": MIB}).core


def test_fstab_names_both_file_systems_by_uuid() -> None:
    disk = disk_layout.fit_disk(OPTIONS, {"/": MIB})
    root, esp = disk.write_fstab().splitlines()
    assert root == f"UUID={disk.root.uuid} / ext4 errors=remount-ro 0 1"
    assert " / ext4 errors=remount-ro,x-systemd.growfs 0 1\n" in disk.write_fstab("x-systemd.growfs")
    assert esp.startswith(f"UUID={disk.esp_number[:4].upper()}-{disk.esp_number[4:].upper()} /boot/efi vfat ")


def test_the_partition_that_grows_is_the_last_and_gets_what_is_left() -> None:
    partitions = (DiskPartition("/"), DiskPartition("/data", grow=True), DiskPartition("/srv", size=100 * MIB))
    disk = disk_layout.fit_disk(
        replace(OPTIONS, size=2 << 30, partitions=partitions), {"/": 500 * MIB, "/data": 0, "/srv": MIB}
    )
    assert [volume.mount for volume in disk.volumes] == ["/", "/srv", "/data"]
    last = disk.partitions[-1]
    assert last.start + last.size > disk.size - 2 * MIB


def test_a_partition_that_is_too_small_for_its_content_is_told_with_numbers() -> None:
    partitions = (DiskPartition("/"), DiskPartition("/srv", size=100 * MIB))
    with pytest.raises(
        ComposeError, match=r"^the partition of /srv, of 105 MB, is too small: its content needs 241 MB; set"
    ):
        disk_layout.fit_disk(replace(OPTIONS, partitions=partitions), {"/": MIB, "/srv": 200 * MIB})


def test_a_disk_that_is_too_small_for_its_partitions_is_told_with_numbers() -> None:
    partitions = (DiskPartition("/"), DiskPartition("/srv"))
    with pytest.raises(
        ComposeError, match=r"too small for its partitions: srv of 0\.24 GB, root of 0\.02 GB; set `size: 0\.7GB`"
    ):
        disk_layout.fit_disk(replace(OPTIONS, size=200 * MIB, partitions=partitions), {"/": MIB, "/srv": 200 * MIB})
