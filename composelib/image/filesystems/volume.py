"""A file system or swap space in its partition, and the line of /etc/fstab that mounts it."""

from __future__ import annotations

from composelib.dataclass import dataclass
from composelib.image.filesystems.traits import TRAITS
from composelib.image.media.gpt import Partition
from composelib.image.media.identifiers import derive_fat_id, derive_uuid
from composelib.model.partition import SWAP


@dataclass(frozen=True)
class Volume:
    """A file system or swap space in its partition."""

    partition: Partition
    fs: str
    mount: str
    """Empty for swap space."""
    label: str
    options: tuple[str, ...]
    uuid: str
    """As blkid(8) prints it."""
    subvolumes: tuple[str, ...] = ()
    """The paths in the root of the folders that are subvolumes."""

    def write_mount(self, *options: str) -> str:
        """Return its line of /etc/fstab, with further options."""
        if self.fs == SWAP:
            return f"UUID={self.uuid} none swap {','.join(self.options) or 'sw'} 0 0\n"
        is_root = self.mount == "/"
        words = (*(("errors=remount-ro",) if is_root and self.fs == "ext4" else ()), *self.options, *options)
        check = 1 if is_root and TRAITS[self.fs].pass_number else TRAITS[self.fs].pass_number
        return f"UUID={self.uuid} {self.mount} {self.fs} {','.join(words) or 'defaults'} 0 {check}\n"


def derive_volume_uuid(fs: str, disk: str, name: str) -> str:
    """Return the UUID of a file system that is derived from the name of the disk and its own, in the form that it has."""
    if fs == "vfat":
        number = derive_fat_id(disk, name).upper()
        return f"{number[:4]}-{number[4:]}"
    return derive_uuid(disk, f"{name} file system")
