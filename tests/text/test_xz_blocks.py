"""An index compressed in blocks is one stream, which apt and xz read whole, whatever the number of processors.

Also covers: composelib.text.packed_file.
"""

from __future__ import annotations

import lzma
import random
import subprocess
from pathlib import Path

import pytest

from composelib.text import xz_blocks
from composelib.text.packed_file import write_packed

APT_HELPER = "/usr/lib/apt/apt-helper"


@pytest.mark.parametrize("size", [0, 1, 1000, 1001, 5000, 300_000])
def test_apt_and_xz_read_all_blocks(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xz_blocks, "BLOCK", 1000)
    text, path = random.Random(size).randbytes(size), tmp_path / "x.xz"  # noqa: S311 - the same in each run
    write_packed(path, text)
    for command in (["xz", "-dc"], [APT_HELPER, "cat-file"]):
        assert subprocess.run([*command, str(path)], capture_output=True, check=True).stdout == text
    listed = subprocess.run(["xz", "--robot", "-l", str(path)], capture_output=True, check=True, text=True).stdout
    streams, blocks = listed.splitlines()[1].split("\t")[1:3]
    assert (streams, blocks) == ("1", str(-(-size // 1000)))


def test_the_bytes_do_not_depend_on_how_many_blocks_are_compressed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xz_blocks, "BLOCK", 1000)
    packed = set()
    for count in (1, 2, 7):
        monkeypatch.setattr(xz_blocks, "THREADS", count)
        packed.add(xz_blocks.compress_xz(b"text " * 5000))
    assert len(packed) == 1


def test_what_fits_into_a_block_is_compressed_as_by_xz_itself() -> None:
    assert xz_blocks.compress_xz(b"text") == lzma.compress(b"text", preset=6)
