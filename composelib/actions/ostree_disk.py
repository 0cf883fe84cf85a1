"""Make a disk with a commit deployed on it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.building.confinement import lend_folder
from composelib.errors import ComposeError
from composelib.files import read_epoch, scratch_folder
from composelib.image.filesystems.volume import derive_volume_uuid
from composelib.image.filesystems.write import write_volumes
from composelib.image.media import disk_layout, growth, raw_disk
from composelib.image.media.grub_menu import list_consoles
from composelib.image.media.loaders import choose_loaders
from composelib.image.media.tree_files import read_tree_file
from composelib.image.ostree import deployment
from composelib.text.json_file import read_json
from composelib.tools.namespace_root import call_as_root

if TYPE_CHECKING:
    from composelib.stages.ostree_disk import OstreeDiskJob


def make_disk(job: OstreeDiskJob) -> None:
    """Make a disk of a commit. Raise MachineError if there can be no root, ComposeError if the disk is too small."""
    epoch = read_epoch(job.epoch)
    with (
        scratch_folder(job.work) as scratch,
        lend_folder(scratch / "disk") as folder,
        raw_disk.create_disk(job.raw) as raw,
    ):
        call_as_root(partial(make_raw, job, folder, raw, epoch), "deploying a commit")


def make_raw(job: OstreeDiskJob, folder: Path, raw: Path, epoch: int) -> None:
    """Make a raw disk of a commit, working in `folder`."""
    tree = folder / "root"
    root_uuid = derive_volume_uuid("ext4", job.name, "root")
    arguments = f"root=UUID={root_uuid} rw {list_consoles(job.arch)} {job.append}".split()
    deployed = deployment.deploy(job.source, tree, arguments, epoch)
    loaders = choose_loaders(job.arch, job.secure_boot, partial(read_tree_file, deployed), read_kernel(job, deployed))
    content = deployment.measure_content(tree)
    disk = disk_layout.lay_out_disk(job.name, job.arch, job.size or disk_layout.choose_disk_size(2 * content))
    if disk.root.partition.size < content * disk_layout.FILL:
        needed = disk_layout.choose_disk_size(2 * content)
        raise ComposeError(
            f"{job.name}: a disk of {job.size / 1e9:.2f} GB is too small for a commit of {content / 1e9:.2f} GB",
            f"set `size: {needed / 1e9:.1f}GB`, which has room for an update",
        )
    growth.let_deployment_grow(tree, job.growth, disk, epoch)
    with raw.open("wb") as stream:
        stream.truncate(disk.size)
    write_volumes(disk.volumes, tree, raw, folder, epoch)
    raw_disk.lay_boot(disk, job.arch, raw, folder, epoch, loaders)


def read_kernel(job: OstreeDiskJob, deployed: Path) -> bytes:
    """Return the kernel of a commit that is deployed in a folder."""
    commit = read_json(job.source.record)
    return (deployed / f"usr/lib/modules/{commit['kernel']}/vmlinuz").read_bytes()
