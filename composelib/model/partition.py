"""The partitions of a disk, as a config has them."""

from __future__ import annotations

from composelib.dataclass import dataclass
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import Choice, Flag, ListOf, Size, Text

SWAP = "swap"
FOLDER = Text("an absolute path", r"/|(?:/[A-Za-z0-9@_+-][A-Za-z0-9@._+-]*)+", "as /srv/data, without a '/' at its end")


@dataclass(frozen=True)
class DiskPartition:
    """A partition of a disk, with a file system or swap space in it."""

    mount: str = key(
        "Where its file system is mounted; swap space has none.",
        FOLDER,
    )
    fs: str = key("Its file system.", Choice(("ext4", "btrfs", "xfs", "f2fs", "vfat", SWAP)), default="ext4")
    size: int = key(
        "Its size; by default what its content needs, and for the one that grows all room that is left.", Size()
    )
    """Bytes; 0 for as many as its content needs."""
    grow: bool = key(
        "It grows to the end of the machine's disk at each start, in place of the root; an error if the packages lack systemd-repart.",
        Flag(),
        default=False,
    )
    label: str = key(
        "The label of its file system; made of `mount` by default.", Text("a label", r"[A-Za-z0-9._+-]{1,16}")
    )
    options: tuple[str, ...] = key(
        "Options of its mount (mount(8)), in /etc/fstab.",
        ListOf(Text("a mount option", r"[^\s,#\\]+"), "mount options"),
    )
    subvolumes: tuple[str, ...] = key(
        "With btrfs: folders that are subvolumes, by their paths in the root.", ListOf(FOLDER, "subvolumes")
    )

    @property
    def name(self) -> str:
        """Its name in the partition table: `root`, `swap`, or that of its mount point, as `var-log`."""
        return SWAP if self.fs == SWAP else self.mount.strip("/").replace("/", "-") or "root"


ROOT_ALONE = (DiskPartition(mount="/"),)
"""The partitions of a disk whose config has none."""
