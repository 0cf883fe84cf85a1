"""The layout of a disk that starts by BIOS and UEFI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from composelib.dataclass import dataclass
from composelib.errors import ComposeError
from composelib.image.filesystems.traits import TRAITS, shorten_label
from composelib.image.filesystems.volume import Volume, derive_volume_uuid
from composelib.image.media.gpt import (
    ALIGNMENT,
    BIOS_BOOT,
    ESP,
    LINUX,
    MOUNTS,
    ROOTS,
    SECTOR,
    SWAP_SPACE,
    TABLE_SECTORS,
    Partition,
    round_up,
)
from composelib.image.media.identifiers import derive_fat_id, derive_uuid
from composelib.model.partition import ROOT_ALONE, SWAP, DiskPartition

ESP_SIZE = 64 << 20
SPARE = 256 << 20  # bytes left free on a disk whose size is not configured
SPARE_EACH = 64 << 20  # bytes left free in a partition before the last whose size is not configured
TABLES = 3 * ALIGNMENT  # the partition tables, and GRUB's core image for BIOS
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
    """Whether its last partition grows when it starts: `always`, `if-possible` or empty."""
    partitions: tuple[DiskPartition, ...] = ROOT_ALONE


@dataclass(frozen=True)
class Disk:
    """A disk's layout. `core` is the partition of GRUB's core image for BIOS, None on an arch without BIOS."""

    size: int
    guid: str
    esp: Partition
    core: Partition | None
    esp_number: str
    volumes: tuple[Volume, ...]
    """The last of them grows, if any does."""

    @property
    def partitions(self) -> tuple[Partition, ...]:
        """All partitions, in their order on the disk."""
        start = (self.core, self.esp) if self.core else (self.esp,)
        return (*start, *(volume.partition for volume in self.volumes))

    @property
    def root(self) -> Volume:
        """The root file system."""
        return next(volume for volume in self.volumes if volume.mount == "/")

    @property
    def boot(self) -> Volume:
        """The file system that GRUB reads: that of /boot, or else the root."""
        return next((volume for volume in self.volumes if volume.mount == "/boot"), self.root)

    def write_fstab(self, *options: str) -> str:
        """Return the content of /etc/fstab: the root, the ESP, the others; with further options of the one that grows."""
        esp = f"UUID={self.esp_number[:4]}-{self.esp_number[4:]}".upper()
        lines = {
            volume: volume.write_mount(*(options if volume is self.volumes[-1] else ())) for volume in self.volumes
        }
        others = sorted(self.volumes, key=lambda volume: (volume.fs == SWAP, volume.mount))
        return "".join(
            [
                lines[self.root],
                f"{esp} /boot/efi vfat umask=0077,nofail 0 1\n",
                *(lines[volume] for volume in others if volume is not self.root),
            ]
        )


def choose_disk_size(content: int) -> int:
    """Return the size of a disk, in whole 64 MiB, for a root alone with content of this many bytes."""
    return round_up(int(content * FILL) + ESP_SIZE + SPARE, 64 << 20)


def order_partitions(partitions: Sequence[DiskPartition]) -> list[DiskPartition]:
    """Return partitions in their order on the disk: the one that grows, by default the root, is the last."""
    last = next((partition for partition in partitions if partition.grow), None)
    last = last or next(partition for partition in partitions if partition.mount == "/")
    return [*(partition for partition in partitions if partition is not last), last]


def measure_need(partition: DiskPartition, content: int) -> int:
    """Return the bytes that a partition needs for content of this many bytes."""
    traits = TRAITS[partition.fs]
    return max(int(content * FILL) + traits.overhead, traits.minimum)


def fit_disk(options: DiskOptions, contents: Mapping[str, int]) -> Disk:
    """Lay out a disk for content of this many bytes at each mount point; its last partition gets what is left.

    Raise ComposeError if a configured size is too small for that.
    """
    *fixed, last = partitions = order_partitions(options.partitions)
    needs = [measure_need(partition, contents.get(partition.mount, 0)) for partition in partitions]
    for partition, need in zip(partitions, needs, strict=True):
        require_size(partition, need)
    sizes = [partition.size or need + SPARE_EACH for partition, need in zip(fixed, needs, strict=False)]
    taken = sum(map(round_up, sizes)) + ESP_SIZE
    chosen = taken + round_up(last.size) + TABLES if last.size else round_up(taken + needs[-1] + SPARE, 64 << 20)
    if options.size and options.size < taken + (last.size or needs[-1]) + TABLES:
        raise ComposeError(
            f"a disk of {options.size / 1e9:.2f} GB is too small for {describe_needs(partitions, needs, contents)}",
            f"set `size: {chosen / 1e9 + 0.05:.1f}GB` or more",
        )
    return lay_out_disk(options.name, options.arch, options.size or chosen, partitions, [*sizes, last.size])


def require_size(partition: DiskPartition, need: int) -> None:
    """Raise ComposeError if the configured size of a partition is less than it needs."""
    if 0 < partition.size < need:
        raise ComposeError(
            f"the partition of {partition.mount}, of {partition.size / 1e6:.0f} MB, is too small: "
            f"its content needs {need / 1e6:.0f} MB",
            f"set its `size: {need / 1e6 + 1:.0f}MB` or more",
        )


def describe_needs(partitions: Sequence[DiskPartition], needs: Sequence[int], contents: Mapping[str, int]) -> str:
    """Return in words what has to have room on a disk."""
    if len(partitions) == 1:
        return f"a root file system of {contents['/'] / 1e9:.2f} GB"
    sizes = [partition.size or need for partition, need in zip(partitions, needs, strict=True)]
    words = [f"{partition.name} of {size / 1e9:.2f} GB" for partition, size in zip(partitions, sizes, strict=True)]
    return f"its partitions: {', '.join(words)}"


def lay_out_disk(
    name: str,
    arch: str,
    size: int,
    partitions: Sequence[DiskPartition] = ROOT_ALONE,
    sizes: Sequence[int] = (0,),
) -> Disk:
    """Lay out a disk of `size` bytes: BIOS boot partition (amd64), ESP, the configured ones; UUIDs are derived from `name`.

    A partition whose size is 0, which only the last may be, gets what is left. Raise ValueError if nothing is.
    """
    size = round_up(size)
    end = (size - TABLE_SECTORS * SECTOR) // ALIGNMENT * ALIGNMENT
    core = Partition(BIOS_BOOT, derive_uuid(name, "bios"), "bios", ALIGNMENT, ALIGNMENT) if arch == "amd64" else None
    esp = Partition(ESP, derive_uuid(name, "esp"), "esp", 2 * ALIGNMENT if core else ALIGNMENT, ESP_SIZE)
    start, volumes = esp.start + ESP_SIZE, []
    for number, (partition, configured) in enumerate(zip(partitions, sizes, strict=True)):
        length = round_up(configured) or end - start
        if length <= 0 or start + length > end:
            message = f"a disk of {size} bytes has no room for {partition.name}"
            raise ValueError(message)
        same = sum(earlier.name == partition.name for earlier in partitions[:number])
        volumes.append(lay_out_volume(partition, name, arch, start, length, f"{same + 1}" if same else ""))
        start += length
    return Disk(
        size=size,
        guid=derive_uuid(name, "disk"),
        esp=esp,
        core=core,
        esp_number=derive_fat_id(name, "esp"),
        volumes=tuple(volumes),
    )


def lay_out_volume(partition: DiskPartition, disk: str, arch: str, start: int, size: int, suffix: str) -> Volume:
    """Return the volume of a partition that begins at byte `start`; `suffix` tells it from others of its name."""
    name = f"{partition.name}{suffix}"
    return Volume(
        partition=Partition(choose_type(partition, arch), derive_uuid(disk, name), name, start, size),
        fs=partition.fs,
        mount=partition.mount,
        label=partition.label or shorten_label(partition.fs, name),
        options=partition.options,
        uuid=derive_volume_uuid(partition.fs, disk, name),
        subvolumes=partition.subvolumes,
    )


def choose_type(partition: DiskPartition, arch: str) -> str:
    """Return the type GUID of a partition."""
    if partition.fs == SWAP:
        return SWAP_SPACE
    return ROOTS.get(arch, LINUX) if partition.mount == "/" else MOUNTS.get(partition.mount, LINUX)
