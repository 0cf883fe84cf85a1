"""The file systems of a disk, made of a root's tree.

Also covers: composelib.image.filesystems.ext4, composelib.image.filesystems.swap, composelib.image.filesystems.traits,
composelib.image.filesystems.vfat, composelib.image.filesystems.volume, composelib.image.media.mount_points,
composelib.image.media.sparse, composelib.model.partition.
"""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.image.filesystems.volume import Volume
from composelib.image.filesystems.write import write_volumes
from composelib.image.media import disk_layout
from composelib.image.media.disk_layout import Disk, DiskOptions
from composelib.image.media.mount_points import find_mount, split_tree
from composelib.model.partition import DiskPartition
from tests.kit.root_tars import EPOCH

MIB = 1 << 20
PARTITIONS = (
    DiskPartition("/", size=24 * MIB),
    DiskPartition("/srv/data", label="data", size=16 * MIB, options=("noatime", "nodev")),
    DiskPartition("/exchange", "vfat", 16 * MIB),
    DiskPartition("", "swap", 8 * MIB),
)


def write_tree(tree: Path) -> Path:
    """Make a root's tree; return its path."""
    for name in ("etc/hostname", "srv/data/deep/file", "exchange/read.me", "exchange/empty/.keep"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(name)
    (tree / "exchange/empty/.keep").unlink()
    (tree / "srv/data").chmod(0o1777)
    for folder, names, files in os.walk(tree, topdown=False):
        for path in (*(Path(folder, name) for name in (*names, *files)), Path(folder)):
            os.utime(path, (EPOCH - 10, EPOCH - 10))
    return tree


def lay_out(*partitions: DiskPartition) -> Disk:
    """Return the layout of a disk with these partitions."""
    options = DiskOptions("tiny", "amd64", "Tiny", 0, "", cloud_init=False, partitions=partitions)
    return disk_layout.fit_disk(options, {partition.mount: MIB for partition in partitions if partition.mount})


def make_disk(folder: Path, disk: Disk) -> Path:
    """Make the file systems of a disk; return its path."""
    raw = folder / "disk.raw"
    folder.mkdir()
    with raw.open("wb") as stream:
        stream.truncate(disk.size)
    write_volumes(disk.volumes, write_tree(folder / "root"), raw, folder, EPOCH)
    return raw


def cut_out(raw: Path, volume: Volume, to: Path) -> Path:
    """Write a partition of a disk to a file; return its path."""
    with raw.open("rb") as stream:
        stream.seek(volume.partition.start)
        to.write_bytes(stream.read(volume.partition.size))
    return to


def ask(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_each_file_system_has_its_part_of_the_tree_its_label_and_uuid(tmp_path: Path) -> None:
    disk = lay_out(*PARTITIONS)
    raw = make_disk(tmp_path / "one", disk)
    parts = {volume.partition.name: cut_out(raw, volume, tmp_path / volume.partition.name) for volume in disk.volumes}
    for volume in disk.volumes:
        probed = ask("blkid", "-o", "export", "-p", parts[volume.partition.name]).splitlines()
        assert {f"TYPE={volume.fs}", f"UUID={volume.uuid}", f"LABEL={volume.label}"} <= set(probed)
    assert "srv/data/deep" not in ask("debugfs", "-R", "ls -p /srv/data", parts["root"])
    assert ask("debugfs", "-R", "cat /deep/file", parts["srv-data"]) == "srv/data/deep/file"
    assert "Mode:  01777" in ask("debugfs", "-R", "stat /", parts["srv-data"])
    assert ask("mtype", "-i", parts["exchange"], "::/read.me") == "exchange/read.me"
    assert "::/empty/" in ask("mdir", "-b", "-i", parts["exchange"], "::/")
    for name in ("root", "srv-data"):
        subprocess.run(["e2fsck", "-f", "-n", parts[name]], check=True, capture_output=True)
    assert make_disk(tmp_path / "two", disk).read_bytes() == raw.read_bytes()


def test_fstab_mounts_all_of_them_the_root_first() -> None:
    lines = lay_out(*PARTITIONS).write_fstab("x-systemd.growfs").splitlines()
    assert [line.split()[1:] for line in lines] == [
        ["/", "ext4", "errors=remount-ro,x-systemd.growfs", "0", "1"],
        ["/boot/efi", "vfat", "umask=0077,nofail", "0", "1"],
        ["/exchange", "vfat", "defaults", "0", "2"],
        ["/srv/data", "ext4", "noatime,nodev", "0", "2"],
        ["none", "swap", "sw", "0", "0"],
    ]


def test_swap_spaces_have_names_and_uuids_of_their_own() -> None:
    swap = DiskPartition("", "swap", 8 * MIB)
    first, second, _ = lay_out(DiskPartition("/"), swap, swap).volumes
    assert (first.partition.name, second.partition.name) == ("swap", "swap2")
    assert first.uuid != second.uuid
    assert first.partition.guid != second.partition.guid


def test_what_fat_cannot_hold_is_named(tmp_path: Path) -> None:
    disk = lay_out(DiskPartition("/"), DiskPartition("/etc/exchange", "vfat"))
    tree = write_tree(tmp_path / "root")
    (tree / "etc/exchange").mkdir()
    (tree / "etc/exchange/link").symlink_to("read.me")
    raw = tmp_path / "raw"
    raw.write_bytes(b"")
    with pytest.raises(ComposeError, match=r"^/etc/exchange/link is a link, which vfat has not; give the partition of"):
        write_volumes(disk.volumes, tree, raw, tmp_path, EPOCH)


def test_mount_points_stay_as_they_were_and_new_ones_are_made(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "root")
    trees = split_tree(tree, ["/", "/srv/data", "/srv", "/new/deep"], tmp_path / "mounts")
    assert not list((tree / "srv").iterdir())
    assert [path.name for path in trees["/srv"].iterdir()] == ["data"]
    assert stat.S_IMODE((trees["/srv"] / "data").stat().st_mode) == 0o1777
    for path in (tree, tree / "srv", trees["/srv"] / "data", tree / "new", tree / "new/deep"):
        assert path.stat().st_mtime == EPOCH - 10


def test_a_mount_point_that_is_a_link_is_refused(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "root")
    (tree / "data").symlink_to("srv/data")
    with pytest.raises(ComposeError, match=r"^/data/deep is nothing to mount on: /data is no folder; take the path"):
        split_tree(tree, ["/data/deep"], tmp_path / "mounts")


def test_a_path_lies_on_the_file_system_mounted_nearest_above() -> None:
    mounts = ("/", "/var", "/var/log", "/variable")
    paths = ("var", "var/log/x", "var/login", "variables", "", "etc/x")
    assert [find_mount(path, mounts) for path in paths] == ["/var", "/var/log", "/var", "/", "/", "/"]
