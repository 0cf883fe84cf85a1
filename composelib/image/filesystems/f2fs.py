"""F2FS file systems with the content of a folder; sload.f2fs keeps no extended attributes and no devices."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from composelib.errors import ComposeError
from composelib.image.filesystems.volume import Volume
from composelib.image.media.sparse import lay_part
from composelib.image.media.written_check import blame_writer
from composelib.tools import mkfs
from composelib.tools.run import run

HEAD = 8192
"""Bytes with both superblocks."""
VERSION = b"Linux version "
VERSION_LENGTH = 256
KINDS = {stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK}


def write_f2fs(volume: Volume, tree: Path, raw: Path, folder: Path, epoch: int) -> None:
    """Make a file system of a tree in its partition of a disk. Raise ComposeError for what it would lose of a file."""
    image = folder / "partition"
    refuse_mode(tree, volume.mount)
    for parent, names, files in os.walk(tree):
        for path in (Path(parent, name) for name in (*names, *files)):
            refuse_lossy(path, f"{volume.mount.rstrip('/')}/{path.relative_to(tree)}")
    with image.open("wb") as stream:
        stream.truncate(volume.partition.size)
    run(mkfs.f2fs(image, volume.uuid, volume.label, epoch))
    run(mkfs.fill_f2fs(image, tree))
    forget_kernel(image)
    with blame_writer("sload.f2fs"):
        run(mkfs.fsck_f2fs(image))
    lay_part(image, raw, volume.partition.start)


def refuse_lossy(path: Path, name: str) -> None:
    """Raise ComposeError for a file of which sload.f2fs keeps less than there is."""
    fault = "" if stat.S_IFMT(path.lstat().st_mode) in KINDS else "is a device, pipe or socket"
    if os.listxattr(path, follow_symlinks=False):
        fault = "has extended attributes, such as capabilities"
    if fault:
        raise ComposeError(f"{name} {fault}, which sload.f2fs does not take", "use `fs: ext4` or `fs: btrfs` there")


def refuse_mode(tree: Path, mount: str) -> None:
    """Raise ComposeError for a mount point of another mode or owner than a new file system's."""
    status = tree.stat()
    if (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid) != (0o755, 0, 0):
        message = f"{mount} has another mode or owner than 0755 and root, which mkfs.f2fs does not take"
        raise ComposeError(message, "use `fs: ext4` or `fs: btrfs` there")


def forget_kernel(image: Path) -> None:
    """Overwrite the version of this machine's kernel, which mkfs.f2fs and its kin write into both superblocks."""
    with image.open("rb+") as stream:
        head = bytearray(stream.read(HEAD))
        while (start := head.find(VERSION)) >= 0:
            head[start : start + VERSION_LENGTH] = bytes(VERSION_LENGTH)
        stream.seek(0)
        stream.write(head)
