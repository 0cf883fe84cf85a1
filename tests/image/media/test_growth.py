"""Roots that grow when they start.

Also covers: composelib.image.media.tree_files.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.image.media import disk_layout, growth
from composelib.image.media.disk_layout import DiskOptions
from composelib.model.partition import DiskPartition
from tests.kit.root_tars import EPOCH

DISK = disk_layout.lay_out_disk("tiny", "amd64", 128 << 20)


def make_root(folder: Path, *files: str) -> Path:
    """Make the tree of a root with these files; return it."""
    for name in ("etc/hostname", *files):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    return folder


def test_a_root_with_systemd_repart_grows_whatever_the_umask(tmp_path: Path) -> None:
    root = make_root(tmp_path, growth.REPART)
    mask = os.umask(0o077)
    try:
        assert growth.let_grow(root, "if-possible", EPOCH, DISK.partitions)
    finally:
        os.umask(mask)
    definition = root / "etc/repart.d/50-root.conf"
    assert definition.read_text() == "[Partition]\nType=root\n"
    for path, mode in ((definition, 0o644), (definition.parent, 0o755), (root / "etc", 0o755)):
        assert (path.stat().st_mtime, path.stat().st_mode & 0o777) == (EPOCH, mode)


def test_a_root_without_it_does_not_grow_unless_it_has_to(tmp_path: Path) -> None:
    root = make_root(tmp_path)
    assert not growth.let_grow(root, "if-possible", EPOCH, DISK.partitions)
    assert not (root / "etc/repart.d").exists()
    with pytest.raises(
        ComposeError, match=r"cannot grow: its root has no /usr/bin/systemd-repart; add systemd-repart to"
    ):
        growth.let_grow(root, "always", EPOCH, DISK.partitions)


def test_a_root_that_shall_not_grow_is_left_alone(tmp_path: Path) -> None:
    root = make_root(tmp_path, growth.REPART)
    assert not growth.let_grow(root, "", EPOCH, DISK.partitions)
    assert not (root / "etc/repart.d").exists()


def test_definitions_of_the_roots_own_stay_alone(tmp_path: Path) -> None:
    root = make_root(tmp_path, growth.REPART, "etc/repart.d/10-mine.conf")
    assert growth.let_grow(root, "always", EPOCH, DISK.partitions)
    assert [path.name for path in (root / "etc/repart.d").iterdir()] == ["10-mine.conf"]


def test_a_deployment_gets_a_line_for_its_root_in_fstab(tmp_path: Path) -> None:
    deployment = make_root(tmp_path / "ostree/deploy/demo/deploy/abc.0", growth.REPART)
    (deployment / "etc/fstab").write_text("# none\n")
    growth.let_deployment_grow(tmp_path, "if-possible", DISK, EPOCH)
    assert (deployment / "etc/fstab").read_text() == f"# none\nUUID={DISK.root.uuid} / ext4 x-systemd.growfs 0 0\n"


def test_the_partition_that_grows_is_told_from_others_of_its_type() -> None:
    names = ("/", "/data", "/more", "/home")
    partitions = tuple(DiskPartition(mount, grow=mount == "/data") for mount in names)
    options = DiskOptions("tiny", "amd64", "Tiny", 0, "", cloud_init=False, partitions=partitions)
    disk = disk_layout.fit_disk(options, dict.fromkeys(names, 0))
    linux = "Type=0fc63daf-8483-4772-8e79-3d69d8477de4\n"
    assert growth.define_growth(disk.partitions) == {
        "40-more.conf": f"[Partition]\n{linux}Weight=0\n",
        "50-data.conf": f"[Partition]\n{linux}",
    }
