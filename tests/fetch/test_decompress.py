from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from composelib.errors import TrustError
from composelib.fetch import decompress

CONTENT = b"".join(hashlib.sha256(bytes([number])).digest() * 500 for number in range(125))


def by(program: str) -> Callable[[bytes], bytes]:
    return lambda data: subprocess.run([program, "-qc"], input=data, capture_output=True, check=True).stdout


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": by("zstd"),
    ".lz4": by("lz4"),
}


@pytest.fixture(params=PACKERS)
def packed(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """Give a packed file and its suffix."""
    suffix: str = request.param
    if suffix in decompress.PROGRAMS and not shutil.which(decompress.PROGRAMS[suffix]):
        pytest.skip(f"no {decompress.PROGRAMS[suffix]} here")
    path = tmp_path / "file"
    path.write_bytes(PACKERS[suffix](CONTENT))
    return path, suffix


def unpack(path: Path, suffix: str, bound: int = len(CONTENT)) -> bytes:
    return b"".join(decompress.read_blocks(path, suffix, bound))


def test_what_was_packed_comes_out(packed: tuple[Path, str]) -> None:
    assert unpack(*packed) == CONTENT


def test_blocks_are_small_however_much_is_packed(packed: tuple[Path, str]) -> None:
    assert max(map(len, decompress.read_blocks(*packed, len(CONTENT)))) <= decompress.STEP


def test_more_than_was_said_is_not_unpacked(packed: tuple[Path, str]) -> None:
    with pytest.raises(TrustError, match="unpack"):
        unpack(*packed, bound=len(CONTENT) - 1)


def test_a_file_that_is_cut_off_is_refused(packed: tuple[Path, str]) -> None:
    path, suffix = packed
    if not suffix:
        pytest.skip("a plain file has no end of its own")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(TrustError, match=r"cut off|unpack|damaged"):
        unpack(path, suffix)
    assert [each.name for each in path.parent.iterdir()] == ["file"]


@pytest.mark.parametrize("suffix", [suffix for suffix in PACKERS if suffix])
def test_what_is_not_packed_at_all_is_refused(tmp_path: Path, suffix: str) -> None:
    if not decompress.is_available(suffix):
        pytest.skip("its program is not here")
    (tmp_path / "file").write_bytes(b"this is a text\n")
    with pytest.raises(TrustError):
        unpack(tmp_path / "file", suffix)


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz"])
def test_several_streams_one_after_another_are_one_file(tmp_path: Path, suffix: str) -> None:
    pack = PACKERS[suffix]
    (tmp_path / "file").write_bytes(pack(CONTENT[:1000]) + pack(CONTENT[1000:]))
    assert unpack(tmp_path / "file", suffix) == CONTENT


def test_a_dictionary_that_would_eat_all_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(lzma.compress(b"small"))
    assert unpack(tmp_path / "file", ".xz") == b"small"
    monkeypatch.setattr(decompress, "MEMORY", 1 << 20)
    with pytest.raises(TrustError, match="Memory usage limit"):
        unpack(tmp_path / "file", ".xz")


def test_a_suffix_that_nothing_reads_is_not_available() -> None:
    assert not decompress.is_available(".7z")
    assert decompress.is_available("")
