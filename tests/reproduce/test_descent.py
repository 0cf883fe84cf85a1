from __future__ import annotations

import io
import lzma
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from composelib.image.filesystems.ext4 import write_ext4
from composelib.image.media import disk_layout, raw_disk
from composelib.reproduce.descent import name_differences
from composelib.tools import qemu_img, squashfs

EPOCH = 1_700_000_000


def pack(path: Path, members: dict[str, bytes], time: int = 0) -> Path:
    """Write a tar of files, all of the same time."""
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), time
            tar.addfile(info, io.BytesIO(content))
    return path


def test_the_file_in_a_tar_in_a_compressed_tar_is_named(tmp_path: Path) -> None:
    for name, text in (("a", b"one\ntwo\n"), ("b", b"one\n2\n")):
        inner = pack(tmp_path / "inner", {"etc/file": text, "same": b"same"})
        outer = pack(tmp_path / "outer", {"layer.tar": inner.read_bytes()})
        (tmp_path / name).write_bytes(lzma.compress(outer.read_bytes()))
    lines = name_differences(tmp_path / "a", tmp_path / "b", tmp_path / "inside")
    assert lines == ["layer.tar: etc/file: size 8 and 6", "layer.tar: etc/file: line 2: 'two' and '2'"]
    assert not (tmp_path / "inside").exists()


def test_members_that_differ_in_their_time_or_are_in_one_tar_alone_are_named(tmp_path: Path) -> None:
    first = pack(tmp_path / "a", {"x": b"1", "only": b""}, time=5)
    second = pack(tmp_path / "b", {"x": b"1"}, time=6)
    assert name_differences(first, second, tmp_path / "inside") == ["only: only in the first build", "x: mtime 5 and 6"]


def test_blobs_named_by_their_content_are_compared_in_their_order(tmp_path: Path) -> None:
    first = pack(tmp_path / "a", {"blobs/aa": b"1\n"})
    second = pack(tmp_path / "b", {"blobs/bb": b"2\n"})
    assert "blobs/aa: line 1: '1' and '2'" in name_differences(first, second, tmp_path / "inside")


def test_the_file_in_a_squashfs_is_named(tmp_path: Path) -> None:
    for name, text in (("a", b"1\n"), ("b", b"2\n")):
        tar = pack(tmp_path / "tar", {"etc/file": text})
        with tar.open("rb") as stream:
            subprocess.run(squashfs.tar2sqfs(tmp_path / name), stdin=stream, check=True, capture_output=True)
    assert name_differences(tmp_path / "a", tmp_path / "b", tmp_path / "inside") == ["etc/file: line 1: '1' and '2'"]


@pytest.mark.skipif(os.geteuid() != 0, reason="the files of a disk have owners")
def test_the_file_on_a_disk_of_another_format_is_named(tmp_path: Path) -> None:
    for name, text in (("a", "1\n"), ("b", "2\n")):
        tree, raw = tmp_path / name / "tree", tmp_path / name / "raw"
        (tree / "etc").mkdir(parents=True)
        (tree / "etc/file").write_text(text)
        for path in (tree / "etc/file", tree / "etc", tree):
            os.utime(path, (EPOCH, EPOCH))
        disk = disk_layout.lay_out_disk("x", "amd64", 256 << 20)
        with raw.open("wb") as stream:
            stream.truncate(disk.size)
        write_ext4(disk.root, tree, raw, tmp_path / name, EPOCH)
        raw_disk.lay_boot(disk, "amd64", raw, tmp_path / name, EPOCH)
        subprocess.run(qemu_img.convert(raw, tmp_path / name / "disk", "qcow2"), check=True)
    lines = name_differences(tmp_path / "a/disk", tmp_path / "b/disk", tmp_path / "inside")
    assert lines == ["partition 3: etc/file: line 1: '1' and '2'"]


def test_the_byte_of_anything_else_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\0same1")
    (tmp_path / "b").write_bytes(b"\0same2")
    assert name_differences(tmp_path / "a", tmp_path / "b", tmp_path / "inside") == ["differs from byte 5 on"]


def test_an_artifact_that_cannot_be_opened_is_said_to_be_so(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"\x1f\x8b no gzip, " + name.encode())
    (line,) = name_differences(tmp_path / "a", tmp_path / "b", tmp_path / "inside")
    assert line.startswith("cannot be opened as gz: gzip -d -c")
