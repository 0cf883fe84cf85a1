"""Let the last partition of a disk grow when it starts, by default the root, to the end of the machine's disk, without cloud-init."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from composelib.errors import ComposeError
from composelib.image.media.disk_layout import Disk
from composelib.image.media.gpt import ROOTS, Partition
from composelib.image.media.tree_files import fix_modes, lay_file
from composelib.model.image_traits import ALWAYS

REPART = "usr/bin/systemd-repart"
DEFINITIONS = "etc/repart.d"
ROOT_TYPE = "root"
"""repart.d(5)'s word for the type of the root of whatever arch."""
MOUNT_OPTION = "x-systemd.growfs"
"""Lets systemd enlarge a file system to its partition when it is mounted (systemd.mount(5))."""


def let_grow(tree: Path, growth: str, epoch: int, partitions: Sequence[Partition]) -> bool:
    """Let systemd-repart enlarge the last of a disk's partitions at each start; return whether the root in `tree` can do so.

    Definitions that the root has stay alone. `growth` is `always`, `if-possible` or empty for never. Raise ComposeError if it is `always` and the root cannot.
    """
    if growth and not (tree / REPART).exists():
        if growth == ALWAYS:
            cure = "add systemd-repart to the image's packages; before Debian 13 systemd has it"
            raise ComposeError(f"the disk cannot grow: its root has no /{REPART}", cure)
        return False
    if growth and not (tree / DEFINITIONS).exists():
        for name, text in define_growth(partitions).items():
            lay_file(tree, f"{DEFINITIONS}/{name}", text, epoch)
        fix_modes(tree, (DEFINITIONS, "etc"), epoch)
    return bool(growth)


def define_growth(partitions: Sequence[Partition]) -> dict[str, str]:
    """Return the files of repart.d(5) that let the last partition alone take the room after it.

    Its type is what a definition goes by: others of that type, which come before it, have one that gives them no room.
    """
    *fixed, last = partitions
    kind = ROOT_TYPE if last.kind in ROOTS.values() else last.kind
    still = [partition.name for partition in fixed if partition.kind == last.kind]
    definitions = {f"40-{name}.conf": f"[Partition]\nType={kind}\nWeight=0\n" for name in still}
    return {**definitions, f"50-{last.name}.conf": f"[Partition]\nType={kind}\n"}


def let_deployment_grow(tree: Path, growth: str, disk: Disk, epoch: int) -> None:
    """Let the root grow on which a commit is deployed, as let_grow() does; its /etc is the deployment's."""
    (deployment,) = tree.glob("ostree/deploy/*/deploy/*.0")
    if let_grow(deployment, growth, epoch, disk.partitions):
        fstab = deployment / "etc/fstab"
        line = f"UUID={disk.root.uuid} / ext4 {MOUNT_OPTION} 0 0\n"
        lay_file(deployment, "etc/fstab", (fstab.read_text() if fstab.exists() else "") + line, epoch)
