"""Artifacts are opened whatever they are packed in.

Also covers: composelib.contents.artifact, composelib.contents.unpack
"""

from __future__ import annotations

import gzip
import lzma
import os
import stat
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from composelib.contents.artifact import FileState
from composelib.contents.openers import UNREADABLE, open_artifact
from composelib.image.media import disk_layout, gpt
from composelib.image.media.cpio import CpioEntry, write_cpio
from composelib.tools import mkfs, squashfs
from tests.kit.root_tars import write_tiny_root

HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
"""The SHA256 of `hello`."""


def list_states(path: Path) -> dict[str, FileState]:
    with ExitStack() as stack:
        return dict(open_artifact(path, path.with_name(f"{path.name}.open"), stack).files)


def test_a_tar_has_modes_owners_and_targets_whatever_it_is_compressed_with(tmp_path: Path) -> None:
    tar = write_tiny_root(tmp_path / "tar", {"usr/bin/x": b"hello"}, {"bin": "usr/bin"})
    (tmp_path / "xz").write_bytes(lzma.compress(tar.read_bytes()))
    for path in (tar, tmp_path / "xz"):
        states = list_states(path)
        assert states["usr/bin/x"] == FileState("file", 0o755, (0, 0), 5, HELLO)
        assert (states["bin"].kind, states["bin"].content, states["usr"].kind) == ("link", "usr/bin", "folder")


def test_a_squashfs_is_a_root(tmp_path: Path) -> None:
    with write_tiny_root(tmp_path / "tar", {"etc/x": b"hello"}, {}).open("rb") as stream:
        subprocess.run(squashfs.tar2sqfs(tmp_path / "root"), stdin=stream, check=True, capture_output=True)
    assert list_states(tmp_path / "root")["etc/x"] == FileState("file", 0o644, (0, 0), 5, HELLO)


def test_an_initrd_is_all_its_archives(tmp_path: Path) -> None:
    early = write_cpio([CpioEntry("kernel/x86/microcode.bin", stat.S_IFREG | 0o644, b"hello")], 0)
    main = write_cpio(
        [CpioEntry("init", stat.S_IFREG | 0o755, b"hello"), CpioEntry("bin", stat.S_IFLNK | 0o777, b"b")], 0
    )
    path = tmp_path / "initrd"
    path.write_bytes(early + bytes(512) + gzip.compress(main))
    states = list_states(path)
    assert {name for name, state in states.items() if state.kind != "folder"} == {
        "kernel/x86/microcode.bin",
        "init",
        "bin",
    }
    assert states["init"] == FileState("file", 0o755, (0, 0), 5, HELLO)
    assert states["bin"].content == "b"


def test_a_disk_has_partitions_and_where_they_lie(tmp_path: Path) -> None:
    layout = disk_layout.lay_out_disk("x", "amd64", 256 << 20)
    start, end = gpt.write_tables(layout.size, layout.guid, layout.partitions)
    with (tmp_path / "raw").open("wb") as stream:
        stream.write(start)
        stream.truncate(layout.size - len(end))
        stream.seek(0, 2)
        stream.write(end)
    states = list_states(tmp_path / "raw")
    numbers = range(1, len(layout.partitions) + 1)
    assert [states[f"partition {number}"].size for number in numbers] == [row.size for row in layout.partitions]
    assert f" at {layout.partitions[0].start}, " in states["partition 1 layout"].content


@pytest.mark.skipif(os.geteuid() != 0, reason="the files of a file system have owners")
def test_a_file_system_is_unpacked(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "etc").mkdir(parents=True)
    (tree / "etc/x").write_text("hello")
    number = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
    subprocess.run(mkfs.ext4(tmp_path / "fs", 4 << 20, tree, number), check=True, capture_output=True)
    states = list_states(tmp_path / "fs")
    assert sorted(states) == ["etc", "etc/x"]
    assert states["etc/x"].content == HELLO


def test_what_is_of_no_kind_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("nothing")
    with pytest.raises(UNREADABLE):
        list_states(tmp_path / "text")
