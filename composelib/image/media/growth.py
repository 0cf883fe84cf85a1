"""Let the root file system of a disk grow when it starts, to the size of the machine's disk, without cloud-init."""

from __future__ import annotations

from pathlib import Path

from composelib.errors import ComposeError
from composelib.image.media.tree_files import fix_modes, lay_file
from composelib.model.image_traits import ALWAYS

REPART = "usr/bin/systemd-repart"
DEFINITIONS = "etc/repart.d"
ROOT_DEFINITION = "[Partition]\nType=root\n"
"""A partition that takes all room after it (repart.d(5)): the root is the one of its type, and the last of the disk."""
MOUNT_OPTION = "x-systemd.growfs"
"""Lets systemd enlarge a file system to its partition when it is mounted (systemd.mount(5))."""


def let_grow(tree: Path, growth: str, epoch: int) -> bool:
    """Let systemd-repart enlarge a root's partition at each start, unless it has definitions of its own; return whether it can.

    `growth` is `always`, `if-possible` or empty for never. Raise ComposeError if it is `always` and the root cannot.
    """
    if growth and not (tree / REPART).exists():
        if growth == ALWAYS:
            cure = "add systemd-repart to the image's packages; before Debian 13 systemd has it"
            raise ComposeError(f"the root file system cannot grow: it has no /{REPART}", cure)
        return False
    if growth and not (tree / DEFINITIONS).exists():
        lay_file(tree, f"{DEFINITIONS}/50-root.conf", ROOT_DEFINITION, epoch)
        fix_modes(tree, (DEFINITIONS, "etc"), epoch)
    return bool(growth)


def let_deployment_grow(tree: Path, growth: str, root_uuid: str, epoch: int) -> None:
    """Let the root grow on which a commit is deployed, as let_grow() does; its /etc is the deployment's."""
    (deployment,) = tree.glob("ostree/deploy/*/deploy/*.0")
    if let_grow(deployment, growth, epoch):
        fstab = deployment / "etc/fstab"
        line = f"UUID={root_uuid} / ext4 {MOUNT_OPTION} 0 0\n"
        lay_file(deployment, "etc/fstab", (fstab.read_text() if fstab.exists() else "") + line, epoch)
