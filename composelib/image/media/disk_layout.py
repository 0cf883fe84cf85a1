"""Where everything lies on a disk that starts by BIOS and UEFI."""

from __future__ import annotations

from dataclasses import dataclass

from composelib.image.media.gpt import ALIGNMENT, BIOS_BOOT, ESP, LINUX, ROOTS, SECTOR, TABLE_SECTORS, Partition, whole
from composelib.image.media.identifiers import fat_id, fixed_uuid

ESP_SIZE = 64 << 20
SPARE = 256 << 20  # bytes left free on a disk whose size is not given
FILL = 1.15  # a file system's tables and journal, in parts of its content


@dataclass(frozen=True)
class Disk:
    """A disk's layout. `core` is where GRUB's core image for BIOS lies, `esp` and `root` the two partitions."""

    size: int
    number: str
    partitions: tuple[Partition, ...]
    root: Partition
    esp: Partition
    core: Partition | None
    root_uuid: str
    esp_number: str

    @property
    def fstab(self) -> str:
        """What is mounted at boot, in the words of fstab."""
        esp = f"{self.esp_number[:4]}-{self.esp_number[4:]}".upper()
        return f"UUID={self.root_uuid} / ext4 errors=remount-ro 0 1\nUUID={esp} /boot/efi vfat umask=0077,nofail 0 1\n"


def size_for(content: int) -> int:
    """Give the size of a disk, in whole 64 MiB, for content of so many bytes."""
    return whole(int(content * FILL) + ESP_SIZE + SPARE, 64 << 20)


def layout(name: str, arch: str, size: int) -> Disk:
    """Lay out a disk of `size` bytes: BIOS boot partition (amd64), ESP, root; UUIDs belong to `name`.

    Raises ValueError if it is too small for that.
    """
    size = whole(size)
    end = size - TABLE_SECTORS * SECTOR
    bios = (Partition(BIOS_BOOT, fixed_uuid(name, "bios"), "bios", ALIGNMENT, ALIGNMENT),) if arch == "amd64" else ()
    after = ALIGNMENT * (1 + len(bios))
    esp = Partition(ESP, fixed_uuid(name, "esp"), "esp", after, ESP_SIZE)
    start = after + ESP_SIZE
    root_size = (end - start) // ALIGNMENT * ALIGNMENT
    if root_size <= 0:
        message = f"a disk of {size} bytes has no room for a root file system"
        raise ValueError(message)
    root = Partition(ROOTS.get(arch, LINUX), fixed_uuid(name, "root"), "root", start, root_size)
    return Disk(
        size=size,
        number=fixed_uuid(name, "disk"),
        partitions=(*bios, esp, root),
        root=root,
        esp=esp,
        core=bios[0] if bios else None,
        root_uuid=fixed_uuid(name, "root file system"),
        esp_number=fat_id(name, "esp"),
    )
