"""GUID partition tables as bytes (UEFI specification, chapter 5), and GRUB's boot code in them for BIOS."""

from __future__ import annotations

import struct
import uuid
import zlib
from collections.abc import Sequence

from composelib.dataclass import dataclass

SECTOR = 512
ENTRIES, ENTRY_SIZE = 128, 128
TABLE_SECTORS = 1 + ENTRIES * ENTRY_SIZE // SECTOR  # a header and its entries
DISK_GUID = 56  # in a header: where the disk's own GUID lies
ALIGNMENT = 1 << 20
BIOS_BOOT = "21686148-6449-6e6f-744e-656564454649"
ESP = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
LINUX = "0fc63daf-8483-4772-8e79-3d69d8477de4"
ROOTS = {  # the discoverable partitions specification's
    "amd64": "4f68bce3-e8cd-4db1-96e7-fbcaf984b709",
    "arm64": "b921b045-1df0-41c3-af44-4c6f280d3fae",
    "riscv64": "72ec70a6-cf74-40e6-bd49-4bda08e8f224",
}
MOUNTS = {  # the specification's types of what lies on other partitions, by mount point
    "/home": "933ac7e1-2eb4-4f13-b844-0e14e2aef915",
    "/srv": "3b8f8425-20e0-4f3b-907f-1a25a76f98e8",
    "/var": "4d21b016-b534-45c2-a9fb-5c16e091fd2d",
    "/var/tmp": "7ec6f557-3bc5-4aca-b293-16ef5df639d1",  # noqa: S108 - a mount point
    "/boot": "bc13c2ff-59e6-4262-a352-b275fd6f7172",
}
SWAP_SPACE = "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f"
BOOT_CODE = 440  # bytes of a master boot record that hold a program
KERNEL_SECTOR = 0x5C  # in GRUB's boot.img: where the core image lies, in sectors
DRIVE_CHECK = 0x66  # in boot.img: a jump that grub-install replaces on hard disks
CORE_REST = 0x1F4  # in the core image's first sector: where its second sector lies


@dataclass(frozen=True)
class Partition:
    """A partition: the GUIDs of its type and of itself, its name, its start and size in bytes."""

    kind: str
    guid: str
    name: str
    start: int
    size: int


def write_tables(disk: int, guid: str, partitions: Sequence[Partition], boot_code: bytes = b"") -> tuple[bytes, bytes]:
    """Return the bytes that a disk begins with (protective MBR, primary table) and ends with (backup table).

    `disk` is its size in bytes, `guid` its GUID. Raise ValueError if partitions overlap or do not fit.
    """
    check_partitions(partitions, disk // SECTOR)
    entries = b"".join(map(write_entry, partitions)).ljust(ENTRIES * ENTRY_SIZE, b"\0")
    return assemble_tables(disk, guid, entries, boot_code)


def enlarge_tables(start: bytes, disk: int) -> tuple[bytes, bytes]:
    """Return what write_tables() would for a larger disk, of `disk` bytes; `start` is what the disk begins with."""
    guid = str(uuid.UUID(bytes_le=start[SECTOR + DISK_GUID : SECTOR + DISK_GUID + 16]))
    return assemble_tables(disk, guid, start[2 * SECTOR : (1 + TABLE_SECTORS) * SECTOR], start[:BOOT_CODE])


def assemble_tables(disk: int, guid: str, entries: bytes, boot_code: bytes) -> tuple[bytes, bytes]:
    """Return the protective MBR and primary table, and the backup table, with all entries as bytes."""
    sectors = disk // SECTOR
    last = sectors - 1
    primary = write_header(1, last, 2, sectors, guid, entries)
    backup = write_header(last, 1, last - ENTRIES * ENTRY_SIZE // SECTOR, sectors, guid, entries)
    return write_protective_record(boot_code, sectors) + primary + entries, entries + backup


def check_partitions(partitions: Sequence[Partition], sectors: int) -> None:
    """Raise ValueError if partitions are not whole sectors, overlap each other or the tables."""
    free = (1 + TABLE_SECTORS) * SECTOR
    for partition in partitions:
        if partition.start < free or partition.start % SECTOR or partition.size % SECTOR or partition.size <= 0:
            message = f"partition {partition.name} does not begin and end on free sectors"
            raise ValueError(message)
        free = partition.start + partition.size
    if free > (sectors - TABLE_SECTORS) * SECTOR:
        message = f"the partitions end at {free} bytes, the disk has {(sectors - TABLE_SECTORS) * SECTOR}"
        raise ValueError(message)


def write_entry(partition: Partition) -> bytes:
    """Return a partition's entry."""
    kind, guid = uuid.UUID(partition.kind).bytes_le, uuid.UUID(partition.guid).bytes_le
    first = partition.start // SECTOR
    last = first + partition.size // SECTOR - 1
    return struct.pack("<16s16sQQQ72s", kind, guid, first, last, 0, partition.name.encode("utf-16-le"))


def write_header(sector: int, backup: int, table: int, sectors: int, guid: str, entries: bytes) -> bytes:
    """Return a table's header for `sector`, its entries from sector `table` on, the other header in sector `backup`."""
    first, last = 1 + TABLE_SECTORS, sectors - TABLE_SECTORS - 1
    disk = uuid.UUID(guid).bytes_le

    def pack(checksum: int) -> bytes:
        revision, length = 0x00010000, 92
        return struct.pack(
            "<8sIIIIQQQQ16sQIII",
            *(b"EFI PART", revision, length, checksum, 0, sector, backup, first, last, disk, table),
            *(ENTRIES, ENTRY_SIZE, zlib.crc32(entries)),
        )

    return pack(zlib.crc32(pack(0))).ljust(SECTOR, b"\0")


def write_protective_record(boot_code: bytes, sectors: int) -> bytes:
    """Return the master boot record before a GPT, with a program for BIOS in it."""
    record = struct.pack("<B3sB3sII", 0, b"\0\2\0", 0xEE, b"\xff\xff\xff", 1, min(sectors - 1, 0xFFFFFFFF))
    return boot_code[:BOOT_CODE].ljust(446, b"\0") + record.ljust(64, b"\0") + b"\x55\xaa"


def patch_boot_code(boot_img: bytes, core_at: int) -> bytes:
    """Return GRUB's boot.img, set to load a core image that begins at byte `core_at` of the disk."""
    code = bytearray(boot_img[:BOOT_CODE])
    struct.pack_into("<Q", code, KERNEL_SECTOR, core_at // SECTOR)
    code[DRIVE_CHECK : DRIVE_CHECK + 2] = b"\x90\x90"
    return bytes(code)


def patch_core(core_img: bytes, core_at: int) -> bytes:
    """Return GRUB's core image, set to load its other sectors when it begins at byte `core_at` of the disk."""
    core = bytearray(core_img)
    struct.pack_into("<Q", core, CORE_REST, core_at // SECTOR + 1)
    return bytes(core)


def round_up(size: int, unit: int = ALIGNMENT) -> int:
    """Round a size up to a multiple of a unit."""
    return -(-size // unit) * unit
