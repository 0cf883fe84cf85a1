from __future__ import annotations

import json
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composelib.image.media import disk_layout, gpt
from composelib.image.media.identifiers import derive_uuid

MIB = 1 << 20


@pytest.mark.parametrize("arch", ["amd64", "arm64"])
def test_sfdisk_reads_the_tables_as_they_were_laid_out(tmp_path: Path, arch: str) -> None:
    disk = disk_layout.lay_out_disk("tiny", arch, 200 * MIB)
    start, end = gpt.write_tables(disk.size, disk.guid, disk.partitions)
    image = tmp_path / "disk"
    with image.open("wb") as stream:
        stream.write(start)
        stream.seek(disk.size - len(end))
        stream.write(end)
    read = json.loads(subprocess.run(["sfdisk", "--json", image], capture_output=True, check=True).stdout)
    table = read["partitiontable"]
    assert table["id"].lower() == disk.guid
    rows = [(row["start"] * 512, row["size"] * 512, row["uuid"].lower()) for row in table["partitions"]]
    assert rows == [(partition.start, partition.size, partition.guid) for partition in disk.partitions]
    assert "No problems found" in subprocess.run(["sgdisk", "-v", image], capture_output=True, text=True).stdout  # noqa: PLW1510


@given(st.integers(min_value=0, max_value=1 << 40))
def test_a_disk_has_room_for_the_content_its_size_was_made_for(content: int) -> None:
    disk = disk_layout.lay_out_disk("tiny", "amd64", disk_layout.choose_disk_size(content))
    assert disk.root.partition.size >= content * disk_layout.FILL
    gpt.check_partitions(disk.partitions, disk.size // gpt.SECTOR)


def test_a_disk_too_small_for_its_partitions_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        disk_layout.lay_out_disk("tiny", "amd64", 64 * MIB)


def test_partitions_that_overlap_are_refused() -> None:
    first = gpt.Partition(gpt.LINUX, derive_uuid("a"), "one", MIB, 2 * MIB)
    second = gpt.Partition(gpt.LINUX, derive_uuid("b"), "two", 2 * MIB, MIB)
    with pytest.raises(ValueError, match="two"):
        gpt.write_tables(16 * MIB, derive_uuid("disk"), [first, second])


def test_grubs_boot_sector_and_core_point_at_where_the_core_lies() -> None:
    code = gpt.patch_boot_code(bytes(512), MIB)
    core = gpt.patch_core(bytes(1024), MIB)
    assert struct.unpack_from("<Q", code, 0x5C) == (2048,)
    assert struct.unpack_from("<Q", core, 0x1F4) == (2049,)


def test_enlarged_tables_are_those_of_the_larger_disk() -> None:
    layout = disk_layout.lay_out_disk("tiny", "amd64", 128 << 20)
    start, _ = gpt.write_tables(layout.size, layout.guid, layout.partitions, b"boot code")
    larger = gpt.write_tables(1 << 30, layout.guid, layout.partitions, b"boot code")
    assert gpt.enlarge_tables(start, 1 << 30) == larger
