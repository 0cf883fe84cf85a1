"""Make a container of a root file system's tar."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.files import read_epoch, scratch_folder
from composelib.image.oci import build as oci_build
from composelib.image.oci import container, distroless
from composelib.image.root.tar import normalize_path
from composelib.text.json_file import read_json, write_json

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
        owners = container.map_owners(job.description, tree, DATABASE)
        if job.contained:
            write_contained(job, distroless.strip_tree(tree, job.seeds, job.description.arch), job.contained)
        container.build_container(job.description, tree, owners, {}, () if job.contained else SHELL, folder)


def write_contained(job: ContainerJob, names: list[str], target: Path) -> None:
    """Write the list of the packages that are in a container, those of its root that have these names."""
    listed, arch = read_json(job.description.packages), job.description.arch
    rows = [
        row for row in listed["packages"] if distroless.qualify_name(row["package"], row["architecture"], arch) in names
    ]
    write_json(target, listed | {"packages": rows})


def map_path(member: tarfile.TarInfo) -> str:
    """Return the path of a root's member in a container; empty if it is left out."""
    path = normalize_path(member.name)
    if path.partition("/")[0] in NOT_FILES and "/" in path:
        return ""
    return "" if member.isdev() else path
