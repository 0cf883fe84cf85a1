"""The parts of a root that lie on file systems of their own: measured in a tar, and taken out of a tree."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from composelib.errors import ComposeError
from composelib.image.root.tar import measure_content


def find_mount(path: str, mounts: Iterable[str]) -> str:
    """Return the mount point of the file system that a path of a root, with or without a leading `/`, lies on."""
    above = [mount for mount in mounts if f"/{path.strip('/')}/".startswith(f"{mount.rstrip('/')}/")]
    return max(above, key=len)


def measure_mounts(members: Mapping[str, tarfile.TarInfo], mounts: Sequence[str]) -> dict[str, int]:
    """Return the bytes that a root's members take on the file system of each mount point, `/` among them."""
    parts: dict[str, dict[str, tarfile.TarInfo]] = {mount: {} for mount in mounts}
    for path, member in members.items():
        parts[find_mount(path, mounts)][path] = member
    return {mount: measure_content(content) for mount, content in parts.items()}


def split_tree(tree: Path, mounts: Iterable[str], folder: Path) -> dict[str, Path]:
    """Move what lies on file systems of their own out of a root's tree, into `folder`; return each mount point's tree.

    Raise ComposeError for a mount point that is no folder.
    """
    trees = {"/": tree}
    for number, mount in enumerate(sorted(set(mounts) - {"/"}, reverse=True)):  # what is mounted below, first
        trees[mount] = folder / str(number)
        detach(tree, mount.strip("/"), trees[mount])
    return trees


def detach(tree: Path, name: str, target: Path) -> None:
    """Move a folder of a tree, which is made if it is not there, leaving an empty one like it."""
    point = tree / name
    make_folders(tree, name)
    target.parent.mkdir(exist_ok=True)
    status, above = point.stat(), point.parent.stat()
    point.rename(target)
    point.mkdir()
    os.chown(point, status.st_uid, status.st_gid)
    point.chmod(status.st_mode & 0o7777)
    os.utime(point, ns=(status.st_mtime_ns, status.st_mtime_ns))
    os.utime(point.parent, ns=(above.st_mtime_ns, above.st_mtime_ns))


def make_folders(tree: Path, name: str) -> None:
    """Make the folders of a path in a tree that are not there, with the times of those above them."""
    path = tree
    for step in Path(name).parts:
        above, path = path.stat(), path / step
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            where = path.relative_to(tree)
            raise ComposeError(
                f"/{name} is nothing to mount on: /{where} is no folder", "take the path that it leads to"
            )
        if not path.exists():
            path.mkdir()
            path.chmod(0o755)
            for folder in (path, path.parent):
                os.utime(folder, ns=(above.st_mtime_ns, above.st_mtime_ns))
