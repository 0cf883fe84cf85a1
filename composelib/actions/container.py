"""Make a container of a root file system's tar."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from composelib.files import read_epoch, scratch_folder
from composelib.image.oci import build as oci_build
from composelib.image.oci import container
from composelib.image.root.tar import normalize_path

if TYPE_CHECKING:
    from composelib.stages.container import ContainerJob

DATABASE = "var/lib/dpkg"
SHELL = ("/bin/sh",)
NOT_FILES = ("dev", "proc", "run", "sys", "tmp")
"""Folders that are empty in an image: they are filled when a container runs."""


def make_container(job: ContainerJob) -> None:
    """Make a container of a root file system."""
    with scratch_folder(job.work) as folder, tarfile.open(job.root) as tar:
        tree = oci_build.read_tree(tar, map_path, read_epoch(job.description.epoch))
        container.build_container(job.description, tree, DATABASE, {}, SHELL, folder)


def map_path(member: tarfile.TarInfo) -> str:
    """Return the path of a root's member in a container; empty if it is left out."""
    path = normalize_path(member.name)
    if path.partition("/")[0] in NOT_FILES and "/" in path:
        return ""
    return "" if member.isdev() else path
