from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from composelib.tools import tar
from composelib.tools.run import run

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="owners of files need root")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    for name in ("etc/b", "etc/a", "tmp/left", "proc/1", "cache/x"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "etc/a").chmod(0o4711)
    os.utime(folder / "etc/b", (1_000_000_000, 1_000_000_000))
    return folder


@needs_root
def test_a_root_is_packed_sorted_without_what_is_mounted_and_excluded(root: Path, tmp_path: Path) -> None:
    run(tar.pack(root, tmp_path / "root.tar", 1_700_000_000, ["./cache"]))
    with tarfile.open(tmp_path / "root.tar") as packed:
        members = {member.name: member for member in packed}
    assert list(members) == [".", "./etc", "./etc/a", "./etc/b", "./proc", "./tmp"]
    assert members["./etc/a"].mode & 0o7777 == 0o4711
    assert (members["./etc/a"].mtime, members["./etc/b"].mtime) == (1_700_000_000, 1_000_000_000)


@needs_root
def test_a_root_is_unpacked_as_it_was_packed(root: Path, tmp_path: Path) -> None:
    os.chown(root / "etc/b", 1234, 4321)
    run(tar.pack(root, tmp_path / "root.tar", 1_700_000_000, []))
    (tmp_path / "copy").mkdir()
    run(tar.unpack(tmp_path / "root.tar", tmp_path / "copy"))
    status = (tmp_path / "copy/etc/b").stat()
    assert (status.st_uid, status.st_gid, status.st_mtime) == (1234, 4321, 1_000_000_000)
    assert (tmp_path / "copy/etc/a").stat().st_mode & 0o7777 == 0o4711


def test_only_files_that_match_are_unpacked_and_they_are_the_users(root: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "files.tar", "w") as packed:
        packed.add(root, "top")
    (tmp_path / "copy").mkdir()
    run(tar.unpack_files(tmp_path / "files.tar", tmp_path / "copy", "*/etc/*"))
    paths = [path for path in sorted((tmp_path / "copy").rglob("*")) if path.is_file()]
    assert [path.name for path in paths] == ["a", "b"]
    assert {path.stat().st_uid for path in paths} == {os.geteuid()}
