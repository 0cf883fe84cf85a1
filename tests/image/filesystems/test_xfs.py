"""XFS file systems: sound for xfs_repair, with the times and modes of the folder that they are made of."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.image.filesystems.volume import Volume
from composelib.image.filesystems.xfs import refuse_unfit, write_xfs
from composelib.image.media.gpt import Partition
from tests.kit.root_tars import EPOCH

MIB = 1 << 20
UUID = "8c6a0d6e-95a1-5c9e-9b4e-0a8f1b3c2d4e"
VOLUME = Volume(Partition("", "", "var", MIB, 300 * MIB), "xfs", "/var", "var", (), UUID)
needs_xfsprogs = pytest.mark.skipif(not shutil.which("mkfs.xfs"), reason="needs xfsprogs")


def write_tree(tree: Path) -> Path:
    """Make a folder with files of all sizes, links and many names; return its path."""
    files = {"empty": b"", "big": bytes(range(256)) * 3000, "sub/deep/page": b"x" * 4096}
    files |= {f"many/a-name-that-is-rather-long-{number}": b"%d" % number for number in range(300)}
    for name, content in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(content)
    (tree / "sub/link").symlink_to("../big")
    (tree / "big").chmod(0o4750)
    (tree / "many").chmod(0o1777)
    os.utime(tree / "big", ns=(EPOCH * 10**9 + 5, EPOCH * 10**9 + 5))
    return tree


def make_image(folder: Path, tree: Path) -> Path:
    """Write a file system into a disk; return the partition as a file of its own."""
    folder.mkdir()
    raw = folder / "disk.raw"
    with raw.open("wb") as stream:
        stream.truncate(MIB + VOLUME.partition.size)
    write_xfs(VOLUME, tree, raw, folder, EPOCH)
    subprocess.run(
        ["dd", "if=disk.raw", "of=part", "bs=1M", "skip=1", "conv=sparse", "status=none"], cwd=folder, check=True
    )
    return folder / "part"


def ask(image: Path, path: str, *fields: str) -> list[str]:
    """Return fields of an inode, as xfs_db prints them."""
    commands = [word for command in (f"path {path}", *(f"p {field}" for field in fields)) for word in ("-c", command)]
    command = ["xfs_db", "-r", *commands, str(image)]
    printed = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, "TZ": "UTC"}
    ).stdout
    return [line.partition(" = ")[2] for line in printed.splitlines()]


@needs_xfsprogs
def test_files_keep_modes_and_times_and_the_bytes_are_the_same_later(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "tree")
    image = make_image(tmp_path / "one", tree)
    assert ask(image, "/big", "core.mode", "core.mtime.sec", "core.mtime.nsec", "core.size") == [
        "0104750",
        "Tue Nov 14 22:13:20 2023",
        "5",
        "768000",
    ]
    assert ask(image, "/many", "core.mode", "core.ctime.sec") == ["041777", "Tue Nov 14 22:13:20 2023"]
    subprocess.run(["xfs_repair", "-n", "-f", image], check=True, capture_output=True)
    probed = subprocess.run(["blkid", "-p", "-o", "export", image], check=True, capture_output=True, text=True).stdout
    assert {f"UUID={UUID}", "LABEL=var", "TYPE=xfs"} <= set(probed.splitlines())
    time.sleep(1.1)
    assert make_image(tmp_path / "two", tree).read_bytes() == image.read_bytes()


@pytest.mark.parametrize(
    ("name", "fault"), [("with blank", "has a name or target with a blank"), (":colon", "has a name")]
)
def test_what_a_prototype_cannot_hold_is_named(name: str, fault: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(ComposeError, match=f"^/var/{name} {fault}.*; use `fs: ext4` or `fs: btrfs` there$"):
        refuse_unfit(tmp_path / name, f"/var/{name}")
