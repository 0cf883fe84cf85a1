"""Disks in the formats that they are delivered in.

Also covers: composelib.image.media.programs.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from composelib.image.media import formats, programs
from composelib.image.media.formats import FormatLabel
from tests.kit.root_tars import EPOCH

LABEL = FormatLabel("demo-1-Base-cloud-amd64", "amd64", EPOCH)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    path = tmp_path / "disk.raw"
    path.write_bytes(b"disk" * 4096 + bytes(1 << 20))
    return path


def test_a_raw_disk_is_delivered_without_a_copy(raw: Path, tmp_path: Path) -> None:
    formats.deliver(raw, "raw", tmp_path / "out.raw", LABEL, raw.parent)
    assert (tmp_path / "out.raw").samefile(raw)
    assert (tmp_path / "out.raw").stat().st_mode & 0o777 == 0o444


@pytest.mark.parametrize(("form", "program"), [("raw.gz", "gzip"), ("raw.xz", "xz"), ("raw.zst", "zstd")])
def test_a_compressed_disk_is_the_same_when_unpacked(raw: Path, tmp_path: Path, form: str, program: str) -> None:
    output = tmp_path / f"out.{form}"
    formats.deliver(raw, form, output, LABEL, raw.parent)
    assert subprocess.run([program, "-dc", output], capture_output=True, check=True).stdout == raw.read_bytes()


def test_a_format_needs_the_programs_of_each_of_its_words() -> None:
    assert programs.list_format_programs("raw") == set()
    assert programs.list_format_programs("qcow2") == {"qemu-img"}
    assert programs.list_format_programs("vmdk.xz") == {"qemu-img", "xz"}
    assert programs.list_format_programs("gce.tar.gz") == {"gzip"}
    assert programs.list_format_programs("azure.vhd") == programs.list_format_programs("ova") == {"qemu-img"}
    assert programs.list_format_programs("wsl") == {"gzip"}


def test_formats_of_a_root_are_no_disks() -> None:
    assert [form for form in ("tar.xz", "wsl", "incus", "gce.tar.gz", "ova") if programs.is_disk(form)] == [
        "gce.tar.gz",
        "ova",
    ]
