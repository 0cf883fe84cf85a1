"""Disks in other formats, by qemu-img.

Also covers: composelib.tools.vhdx.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from composelib.tools import qemu_img

NUMBER = "0b1f5dd6-9c11-5d6e-8f5e-0f5a3b0f1f11"


def convert(raw: Path, form: str) -> Path:
    """Write a raw disk in a format."""
    output = raw.parent / str(time.monotonic_ns()) / f"disk.{form}"
    output.parent.mkdir()
    subprocess.run(qemu_img.convert(raw, output, form), check=True)
    qemu_img.fix_ids(output, form, NUMBER, 1_700_000_000)
    return output


@pytest.mark.parametrize("form", sorted(qemu_img.FORMATS))
def test_a_disk_in_another_format_is_the_same_twice_and_holds_the_same(tmp_path: Path, form: str) -> None:
    raw = tmp_path / "disk.raw"
    raw.write_bytes(b"disk" * 4096 + bytes(1 << 20))
    first = convert(raw, form)
    time.sleep(1.1)  # a VHD holds its time in seconds
    assert convert(raw, form).read_bytes() == first.read_bytes()
    name = qemu_img.FORMATS[form][0]
    subprocess.run(["qemu-img", "compare", "-f", "raw", "-F", name, raw, first], check=True)


@pytest.mark.parametrize("chance", [b"3f237bb", b"e2151f7d", b"0"])
def test_a_vmdks_content_id_is_ours_however_short_chance_made_it(chance: bytes) -> None:
    text = b"version=1\nCID=" + chance + b"\nparentCID=ffffffff\n"
    descriptor = qemu_img.fix_descriptor(text.ljust(1024, b"\0"), NUMBER)
    assert descriptor == b"version=1\nCID=0b1f5dd6\nparentCID=ffffffff\n".ljust(1024, b"\0")
