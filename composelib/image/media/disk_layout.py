"""The layout of a disk that starts by BIOS and UEFI."""

from __future__ import annotations

from composelib.dataclass import dataclass
from composelib.errors import ComposeError
from composelib.image.media.gpt import (
    ALIGNMENT,
    BIOS_BOOT,
    ESP,
    LINUX,
    ROOTS,
    SECTOR,
    TABLE_SECTORS,
    Partition,
    round_up,
)
from composelib.image.media.identifiers import derive_fat_id, derive_uuid

ESP_SIZE = 64 << 20
SPARE = 256 << 20  # bytes left free on a disk whose size is not configured
FILL = 1.15  # the size of a file system, with its tables and journal, divided by that of its content


@dataclass(frozen=True)
class DiskOptions:
    """The values that decide a disk, beside its root file system."""

    name: str
    """The name that its UUIDs are derived from."""
    arch: str
    title: str
    """The name of the system in the boot menu."""
    size: int
    """Bytes; 0 for the size that its content needs."""
    append: str
    """Further arguments of the kernel."""
    cloud_init: bool
    """Whether its root must have cloud-init."""
    secure_boot: str = ""
    """Whether it starts by Debian's signed boot loaders: `always`, `if-signed` or empty."""
    growth: str = ""
    """Whether its root grows when it starts: `always`, `if-possible` or empty."""


@dataclass(frozen=True)
class Disk:
    """A disk's layout. `core` is the partition of GRUB's core image for BIOS, None on an arch without BIOS."""

    size: int
    guid: str
    partitions: tuple[Partition, ...]
    root: Partition
    esp: Partition
    core: Partition | None
    root_uuid: str
    esp_number: str

    def write_fstab(self, *options: str) -> str:
        """Return the content of /etc/fstab: the root, with further options of its mount, and the ESP."""
        esp = f"{self.esp_number[:4]}-{self.esp_number[4:]}".upper()
        root = f"UUID={self.root_uuid} / ext4 {','.join(('errors=remount-ro', *options))} 0 1\n"
        return f"{root}UUID={esp} /boot/efi vfat umask=0077,nofail 0 1\n"


def choose_disk_size(content: int) -> int:
    """Return the size of a disk, in whole 64 MiB, for content of this many bytes."""
    return round_up(int(content * FILL) + ESP_SIZE + SPARE, 64 << 20)


def fit_disk(options: DiskOptions, content: int) -> Disk:
    """Lay out a disk for content of this many bytes. Raise ComposeError if the configured size is too small for it."""
    needed = choose_disk_size(content)
    disk = lay_out_disk(options.name, options.arch, options.size or needed)
    if disk.root.size < content * FILL:
        raise ComposeError(
            f"a disk of {options.size / 1e9:.2f} GB is too small for a root file system of {content / 1e9:.2f} GB",
            f"set `size: {needed / 1e9:.1f}GB` or more",
        )
    return disk


def lay_out_disk(name: str, arch: str, size: int) -> Disk:
    """Lay out a disk of `size` bytes: BIOS boot partition (amd64), ESP, root; UUIDs are derived from `name`.

    Raise ValueError if it is too small for that.
    """
    size = round_up(size)
    end = size - TABLE_SECTORS * SECTOR
    bios = (Partition(BIOS_BOOT, derive_uuid(name, "bios"), "bios", ALIGNMENT, ALIGNMENT),) if arch == "amd64" else ()
    esp = Partition(ESP, derive_uuid(name, "esp"), "esp", ALIGNMENT * (1 + len(bios)), ESP_SIZE)
    start = esp.start + ESP_SIZE
    root_size = (end - start) // ALIGNMENT * ALIGNMENT
    if root_size <= 0:
        message = f"a disk of {size} bytes has no room for a root file system"
        raise ValueError(message)
    root = Partition(ROOTS.get(arch, LINUX), derive_uuid(name, "root"), "root", start, root_size)
    return Disk(
        size=size,
        guid=derive_uuid(name, "disk"),
        partitions=(*bios, esp, root),
        root=root,
        esp=esp,
        core=bios[0] if bios else None,
        root_uuid=derive_uuid(name, "root file system"),
        esp_number=derive_fat_id(name, "esp"),
    )
