"""What is particular to each file system that a partition can have."""

from __future__ import annotations

from composelib.dataclass import dataclass
from composelib.model.partition import SWAP

MIB = 1 << 20


@dataclass(frozen=True)
class Traits:
    """The needs and limits of a file system."""

    programs: tuple[str, ...]
    """The programs that make and check it."""
    minimum: int
    """The smallest size in bytes that it is made in."""
    label_length: int
    """The longest label, in characters."""
    overhead: int = 0
    """Bytes that it takes itself, beside a share of the content."""
    grows: bool = False
    """Whether systemd can enlarge it while it is mounted (systemd-growfs(8))."""
    pass_number: int = 0
    """When fsck checks it at the start of a system, after the root (fstab(5)); 0 for never."""
    starts: bool = False
    """Whether a system can start from it: as its root, or as /boot, which GRUB reads."""


TRAITS = {
    "ext4": Traits(("mke2fs", "debugfs", "e2fsck"), 16 * MIB, 16, grows=True, pass_number=2, starts=True),
    "btrfs": Traits((), 128 * MIB, 16, overhead=96 * MIB, grows=True, starts=True),
    "xfs": Traits(("mkfs.xfs", "xfs_db", "xfs_repair"), 300 * MIB, 12, overhead=96 * MIB, grows=True),
    "f2fs": Traits(("mkfs.f2fs", "sload.f2fs", "fsck.f2fs"), 64 * MIB, 16, overhead=64 * MIB),
    "vfat": Traits(("mkfs.vfat", "mmd", "mcopy"), 8 * MIB, 11, pass_number=2),
    SWAP: Traits(("mkswap",), MIB, 15),
}


def shorten_label(fs: str, name: str) -> str:
    """Return a label made of the name of a partition, as long as a file system allows; that of FAT has no small letters."""
    label = name[: TRAITS[fs].label_length]
    return label.upper() if fs == "vfat" else label
