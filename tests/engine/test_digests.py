"""Digests of files: read again only after a change, and never taken for another file's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from composelib.engine import digests
from composelib.engine.digests import Digests, hash_content


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "SETTLED", -1)


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    paths: list[str] = []

    def read(path: str) -> str:
        paths.append(path)
        return hash_content(path)

    monkeypatch.setattr(digests, "hash_content", read)
    return paths


def test_a_file_is_read_once_for_as_long_as_it_stays_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = count_reads(monkeypatch)
    file = tmp_path / "a"
    file.write_text("one")
    cache = Digests({})
    first = cache.of(str(file))
    assert (cache.of(str(file)), len(paths)) == (first, 1)
    file.write_text("two")
    assert (cache.of(str(file)) == first, len(paths)) == (False, 2)


def test_a_change_that_keeps_size_and_time_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("one")
    status = file.stat()
    cache = Digests({})
    first = cache.of(str(file))
    file.write_text("two")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert cache.of(str(file)) != first


def test_a_digest_of_a_file_that_changed_just_now_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "SETTLED", 10**15)
    (tmp_path / "a").write_text("one")
    cache = Digests({})
    assert (cache.of(str(tmp_path / "a")) is not None, cache.entries) == (True, {})


def test_what_is_no_regular_file_has_no_digest(tmp_path: Path) -> None:
    cache = Digests({})
    assert (cache.of(str(tmp_path)), cache.of(str(tmp_path / "absent"))) == (None, None)


def test_a_link_has_the_digest_of_its_file_but_is_no_output(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    (tmp_path / "b").symlink_to("a")
    cache = Digests({})
    assert cache.of(str(tmp_path / "b")) == cache.of(str(tmp_path / "a"))
    assert cache.of_output(str(tmp_path / "b")) is None


def test_the_mode_of_an_output_counts(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("one")
    file.chmod(0o644)
    cache = Digests({})
    first = cache.of_output(str(file))
    file.chmod(0o755)
    assert cache.of_output(str(file)) != first


def write_sparse(path: Path, hole: int) -> Path:
    """Write a file with a hole of whole blocks between its data, and a block of zeros that are written."""
    with path.open("wb") as stream:
        stream.write(b"begin" + bytes(2 * digests.BLOCK))
        stream.seek((2 + hole) * digests.BLOCK + 5)
        stream.write(b"end")
    return path


def test_a_hole_counts_as_the_zeros_that_are_read_from_it(tmp_path: Path) -> None:
    sparse, full = write_sparse(tmp_path / "sparse", 7), tmp_path / "full"
    full.write_bytes(sparse.read_bytes())
    assert hash_content(str(sparse)) == hash_content(str(full))
    assert hash_content(str(sparse)) != hash_content(str(write_sparse(tmp_path / "other", 8)))


def test_a_file_that_ends_in_a_hole_is_told_from_a_longer_one(tmp_path: Path) -> None:
    sizes = (0, 5, digests.BLOCK, digests.BLOCK + 1, 3 * digests.BLOCK, 64 * digests.BLOCK + 9)
    for size in sizes:
        (tmp_path / str(size)).touch()
        os.truncate(tmp_path / str(size), size)
    assert len({hash_content(str(tmp_path / str(size))) for size in sizes}) == len(sizes)


def test_the_hole_of_a_disk_is_not_read(tmp_path: Path) -> None:
    disk = tmp_path / "disk.raw"
    disk.touch()
    os.truncate(disk, 1 << 42)
    assert hash_content(str(disk))
