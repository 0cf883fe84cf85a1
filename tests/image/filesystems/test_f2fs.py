"""F2FS file systems: sound for fsck.f2fs, with the files of the folder that they are made of."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.image.filesystems.f2fs import write_f2fs
from composelib.image.filesystems.volume import Volume
from composelib.image.media.gpt import Partition
from tests.kit.root_tars import EPOCH

MIB = 1 << 20
UUID = "8c6a0d6e-95a1-5c9e-9b4e-0a8f1b3c2d4e"
VOLUME = Volume(Partition("", "", "srv", MIB, 64 * MIB), "f2fs", "/srv", "srv", (), UUID)
needs_f2fs_tools = pytest.mark.skipif(not shutil.which("mkfs.f2fs"), reason="needs f2fs-tools")


def make_image(folder: Path, tree: Path) -> Path:
    """Write a file system into a disk; return the partition as a file of its own."""
    folder.mkdir()
    raw = folder / "disk.raw"
    with raw.open("wb") as stream:
        stream.truncate(MIB + VOLUME.partition.size)
    write_f2fs(VOLUME, tree, raw, folder, EPOCH)
    (folder / "part").write_bytes(raw.read_bytes()[MIB:])
    return folder / "part"


@needs_f2fs_tools
def test_files_are_there_and_nothing_of_the_machine(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    tree.chmod(0o755)
    (tree / "sub/with blank").write_bytes(bytes(range(256)) * 300)
    (tree / "link").symlink_to("sub")
    os.utime(tree / "sub/with blank", (EPOCH - 9, EPOCH - 9))
    image = make_image(tmp_path / "one", tree)
    printed = subprocess.run(["fsck.f2fs", "-t", "--dry-run", image], check=True, capture_output=True, text=True).stdout
    (number,) = re.findall(r"-- with blank <ino = (\w+)>", printed)
    dumped = subprocess.run(
        ["dump.f2fs", "-d", "1", "-i", number, image], check=True, input="n\n", capture_output=True, text=True
    ).stdout
    assert f"i_mtime                       \t\t[0x{EPOCH - 9:8x}" in dumped
    assert f"i_size                        \t\t[0x{76800:8x}" in dumped
    assert b"Linux version" not in image.read_bytes()
    probed = subprocess.run(["blkid", "-p", "-o", "export", image], check=True, capture_output=True, text=True).stdout
    assert {f"UUID={UUID}", "LABEL=srv", "TYPE=f2fs"} <= set(probed.splitlines())
    subprocess.run(["cp", "-a", tree, tmp_path / "copy"], check=True)
    assert make_image(tmp_path / "two", tmp_path / "copy").read_bytes() == image.read_bytes()


def test_what_would_be_lost_is_named(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir(mode=0o700)
    with pytest.raises(
        ComposeError, match=r"^/srv has another mode or owner than 0755 and root, which mkfs\.f2fs does"
    ):
        make_image(tmp_path / "one", tree)
    tree.chmod(0o755)
    os.mkfifo(tree / "pipe")
    if os.geteuid():
        return
    with pytest.raises(
        ComposeError, match=r"^/srv/pipe is a device, pipe or socket, which sload\.f2fs does not take; use"
    ):
        make_image(tmp_path / "two", tree)
