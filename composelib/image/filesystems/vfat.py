"""FAT file systems with the content of a folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from composelib.errors import ComposeError
from composelib.image.filesystems.volume import Volume
from composelib.image.media.boot import make_esp
from composelib.image.media.sparse import lay_part


def write_vfat(volume: Volume, tree: Path, raw: Path, folder: Path, epoch: int) -> None:
    """Make a file system of a tree in its partition of a disk; all its files have the epoch as their time.

    Raise ComposeError for what FAT has no form for: links, devices, owners.
    """
    paths = sorted(Path(parent, name) for parent, names, files in os.walk(tree) for name in (*names, *files))
    for path in paths:
        refuse_unfit(path, f"{volume.mount}/{path.relative_to(tree)}", volume.mount)
    names = {str(path.relative_to(tree)): path for path in paths}
    image = folder / "partition"
    make_esp(
        image,
        {name: path for name, path in names.items() if path.is_file()},
        volume.uuid.replace("-", ""),
        epoch,
        volume.partition.size // 1024,
        label=volume.label,
        folders=[name for name, path in names.items() if path.is_dir()],
    )
    lay_part(image, raw, volume.partition.start)


def refuse_unfit(path: Path, name: str, mount: str) -> None:
    """Raise ComposeError for a file that is more than bytes and a name, in a file system mounted at `mount`."""
    status = path.lstat()
    kinds = {stat.S_IFREG: "", stat.S_IFDIR: "", stat.S_IFLNK: "a link"}
    fault = kinds.get(stat.S_IFMT(status.st_mode), "a device or socket")
    if not fault and (status.st_uid or status.st_gid):
        fault = f"of the user {status.st_uid} and group {status.st_gid}"
    if fault:
        raise ComposeError(f"{name} is {fault}, which vfat has not", f"give the partition of {mount} `fs: ext4`")
