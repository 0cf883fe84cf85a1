"""Disks and tars in their formats.

Also covers: composelib.actions.image_format.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.model.compose import Compose
from composelib.model.image import DiskImage, RootImage
from composelib.model.image_traits import ALWAYS
from composelib.model.partition import DiskPartition
from composelib.stages import image_build, image_format
from tests.kit.root_tars import FILES, NOWHERE, make_compose, write_epoch, write_tiny_root

CLOUD = DiskImage("cloud", NOWHERE, ("amd64",), formats=("raw", "qcow2", "raw.zst", "tar.xz"))
DISKS = ("raw", "qcow2", "vmdk", "vdi", "vhd", "vhdx", "raw.xz", "raw.gz", "raw.zst", "azure.vhd", "ova", "vagrant.box")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="owners of files need root")


def test_each_format_is_the_output_of_a_task_of_its_own(tmp_path: Path) -> None:
    compose = make_compose(tmp_path, CLOUD)
    tasks = image_format.tasks(compose)
    assert [task.name for task in tasks] == [f"Server:amd64:cloud:{form}" for form in CLOUD.formats]
    assert tuple(path for task in tasks for path in task.outputs) == compose.paths.image_files("Server", "amd64", CLOUD)
    assert [task.tools for task in tasks] == [(), ("qemu-img",), ("zstd",), ("xz",)]


def test_a_further_format_changes_no_task_of_another(tmp_path: Path) -> None:
    further = image_format.tasks(make_compose(tmp_path, replace(CLOUD, formats=("vmdk", *CLOUD.formats))))
    assert list(map(repr, further[1:])) == list(map(repr, image_format.tasks(make_compose(tmp_path, CLOUD))))


@pytest.mark.parametrize("image", [CLOUD, replace(CLOUD, source_image="commit", formats=("raw",))])
def test_a_disk_is_delivered_as_its_stage_has_made_it(tmp_path: Path, image: DiskImage) -> None:
    (stage,) = {path.parts[-3] for path in image_format.tasks(make_compose(tmp_path, image))[0].inputs}
    assert stage == ("ostree_disk" if image.source_image else "image_build")


def test_a_root_as_a_tar_needs_no_disk(tmp_path: Path) -> None:
    compose = make_compose(tmp_path, RootImage("base", NOWHERE, ("amd64",), formats=("tar.gz",)))
    (task,) = image_format.tasks(compose)
    assert task.inputs == (compose.paths.rootfs("Server", "amd64", "base"),)
    assert task.tools == ("gzip",)


def make_all(compose: Compose, root: Path) -> list[Path]:
    """Make a disk of a root in all its formats; return the files."""
    write_epoch(compose)
    tar = compose.paths.rootfs("Server", "amd64", "cloud")
    tar.parent.mkdir(parents=True)
    tar.symlink_to(root)
    tasks = (*image_build.tasks(compose), *image_format.tasks(compose))
    for task in tasks:
        task.run()
    return [path for task in tasks for path in task.outputs]


@needs_root
@pytest.mark.slow
def test_all_formats_are_the_same_elsewhere_and_with_another_umask(tmp_path: Path) -> None:
    partitions = (DiskPartition("/"), DiskPartition("/home", size=64 << 20), DiskPartition("", "swap", 64 << 20))
    image = replace(CLOUD, formats=(*DISKS, "tar", "tar.gz", "wsl", "incus"), grow=ALWAYS, partitions=partitions)
    root = write_tiny_root(tmp_path / "root.tar", FILES | {"usr/bin/systemd-repart": b"repart"})
    first = make_all(make_compose(tmp_path / "one", image), root)
    mask = os.umask(0o077)
    try:
        second = make_all(make_compose(tmp_path / "other" / "place", image), root)
    finally:
        os.umask(mask)
    for path, twin in zip(first, second, strict=True):
        assert path.read_bytes() == twin.read_bytes(), path.name
        assert path.stat().st_mode == twin.stat().st_mode
