"""btrfs file systems: whole for btrfs-progs, and with the content of the folder that they are made of.

Also covers: composelib.image.filesystems.btrfs.device, composelib.image.filesystems.btrfs.files,
composelib.image.filesystems.btrfs.format, composelib.image.filesystems.btrfs.space.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.image.filesystems.btrfs import device
from composelib.image.filesystems.btrfs.write import write_btrfs
from composelib.image.filesystems.volume import Volume
from composelib.image.media.gpt import Partition
from tests.kit.root_tars import EPOCH

MIB = 1 << 20
START = MIB
UUID = "8c6a0d6e-95a1-5c9e-9b4e-0a8f1b3c2d4e"


def make_volume(size: int = 128 * MIB, mount: str = "/srv", *subvolumes: str) -> Volume:
    """Return a volume of a disk."""
    return Volume(Partition("", "", "srv", START, size), "btrfs", mount, "data", (), UUID, subvolumes)


def write_tree(tree: Path) -> Path:
    """Make a folder with files of all sizes, a hole, links and many names; return its path."""
    files = {"small": b"small", "big": bytes(range(256)) * 3000, "sub/deep/empty": b"", "sub/page": b"x" * 4096}
    files |= {f"many/a-name-that-is-rather-long-{number}": b"%d" % number for number in range(700)}
    for name, content in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(content)
    with (tree / "hole").open("wb") as stream:
        stream.truncate(device.MOST + 5000)
        stream.seek(device.MOST)
        stream.write(b"end")
    (tree / "sub/link").symlink_to("../small")
    (tree / "sub/hard").hardlink_to(tree / "big")
    os.utime(tree / "small", ns=(EPOCH * 10**9 + 5, EPOCH * 10**9 + 5))
    return tree


def make_image(folder: Path, volume: Volume, tree: Path) -> Path:
    """Write a file system into a disk; return the partition as a file of its own."""
    folder.mkdir()
    raw = folder / "disk.raw"
    with raw.open("wb") as stream:
        stream.truncate(START + volume.partition.size)
    write_btrfs(volume, tree, raw, folder, EPOCH)
    with raw.open("rb") as stream:
        stream.seek(START)
        (folder / "part").write_bytes(stream.read())
    return folder / "part"


def check_whole(image: Path) -> str:
    """Check a file system, its data, too, by btrfs-progs; return what they print."""
    return ask("btrfs", "check", "--check-data-csum", image)


def ask(*command: str | Path) -> str:
    """Return what a command prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


needs_progs = pytest.mark.skipif(not shutil.which("btrfs"), reason="needs btrfs-progs")


@needs_progs
def test_it_is_whole_and_has_the_content_of_the_folder(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "tree")
    image = make_image(tmp_path / "one", make_volume(), tree)
    assert "no error found" in check_whole(image)
    restored = tmp_path / "restored"
    restored.mkdir()
    subprocess.run(["btrfs", "restore", "-m", "-S", image, restored], check=True, capture_output=True)
    subprocess.run(["diff", "-r", "--no-dereference", tree, restored], check=True)
    assert (restored / "small").stat().st_mtime_ns == EPOCH * 10**9 + 5
    probed = ask("blkid", "-p", "-o", "export", image).splitlines()
    assert {f"UUID={UUID}", "LABEL=data", "TYPE=btrfs"} <= set(probed)


def test_the_same_folder_elsewhere_gives_the_same_bytes(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "tree")
    twin = tmp_path / "twin"
    subprocess.run(["cp", "-a", tree, tmp_path / "copy"], check=True)
    subprocess.run(["mv", tmp_path / "copy", twin], check=True)
    first = make_image(tmp_path / "one", make_volume(), tree)
    assert make_image(tmp_path / "two", make_volume(), twin).read_bytes() == first.read_bytes()


@needs_progs
def test_folders_are_subvolumes_where_they_shall_be(tmp_path: Path) -> None:
    volume = make_volume(128 * MIB, "/srv", "/srv/sub", "/srv/sub/deep", "/srv/new")
    image = make_image(tmp_path / "one", volume, write_tree(tmp_path / "tree"))
    assert "no error found" in check_whole(image)
    printed = ask("btrfs", "inspect-internal", "dump-tree", "-t", "root", image)
    references = [line.split()[-1] for line in printed.splitlines() if "root ref key" in line]
    assert references == ["new", "sub", "deep"]


@needs_progs
def test_more_data_than_a_chunk_has_several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "DATA_CHUNK", 9 * MIB)
    monkeypatch.setattr("composelib.image.filesystems.btrfs.write.MOST", MIB)
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "big").write_bytes(os.urandom(20 * MIB + 1))
    assert "no error found" in check_whole(make_image(tmp_path / "one", make_volume(), tree))


def test_content_that_is_too_large_is_told_with_numbers(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/big").write_bytes(b"x" * (8 * MIB))
    with pytest.raises(
        ComposeError, match=r"^71 MB are too small for a btrfs file system of 77 MB; give its partition a"
    ):
        make_image(tmp_path / "one", make_volume(68 * MIB), tmp_path / "tree")
