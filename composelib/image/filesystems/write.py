"""Make the file systems of a disk, each with its part of the root."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from composelib.image.filesystems.btrfs.write import write_btrfs
from composelib.image.filesystems.ext4 import write_ext4
from composelib.image.filesystems.f2fs import write_f2fs
from composelib.image.filesystems.swap import write_swap
from composelib.image.filesystems.vfat import write_vfat
from composelib.image.filesystems.volume import Volume
from composelib.image.filesystems.xfs import write_xfs
from composelib.image.media.mount_points import split_tree
from composelib.model.partition import SWAP

WRITERS: Mapping[str, Callable[[Volume, Path, Path, Path, int], None]] = {
    "ext4": write_ext4,
    "btrfs": write_btrfs,
    "f2fs": write_f2fs,
    "vfat": write_vfat,
    "xfs": write_xfs,
}


def write_volumes(volumes: Sequence[Volume], tree: Path, raw: Path, folder: Path, epoch: int) -> None:
    """Make all file systems of a disk of a root's tree, which is taken apart, working in `folder`."""
    trees = split_tree(tree, [volume.mount for volume in volumes if volume.fs != SWAP], folder / "mounts")
    for volume in volumes:
        if volume.fs == SWAP:
            write_swap(volume, raw, folder)
        else:
            WRITERS[volume.fs](volume, trees[volume.mount], raw, folder, epoch)
