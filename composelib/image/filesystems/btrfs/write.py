"""Write a btrfs file system with the content of a folder, without mounting it: the same bytes each time.

mkfs.btrfs takes the numbers of inodes and the order of names from the file system that the folder lies on, and identifiers from
chance; before 6.12 it makes no subvolumes.
"""

from __future__ import annotations

import struct
import uuid
from pathlib import Path

from composelib.image.filesystems.btrfs import format as form
from composelib.image.filesystems.btrfs.device import MOST, SUPERBLOCKS, Device, list_data_chunks
from composelib.image.filesystems.btrfs.files import Collector
from composelib.image.filesystems.btrfs.format import FileSystemIds, Item
from composelib.image.filesystems.btrfs.space import Contents, Space, describe_folder, lay_out_space
from composelib.image.filesystems.btrfs.trees import build_tree
from composelib.image.filesystems.volume import Volume
from composelib.image.media.identifiers import derive_uuid
from composelib.image.media.mount_points import make_folders


def write_btrfs(volume: Volume, tree: Path, raw: Path, folder: Path, epoch: int) -> None:
    """Write a file system of a tree to its partition of a disk. Raise ComposeError if that is too small."""
    del folder  # nothing is laid aside
    nested = [str(Path(path).relative_to(volume.mount)) for path in volume.subvolumes]
    for name in nested:
        make_folders(tree, name)
    with raw.open("rb+") as stream:
        device = Device(stream.fileno(), volume.partition.start, volume.partition.size)
        collector = Collector(tree, tuple(nested), device.store, MOST)
        collector.collect()
        identity = FileSystemIds(*(derive_bytes(volume, word) for word in ("", "device", "chunks")))
        space = lay_out_space(assemble(collector, volume, device.end, epoch), identity, device.size)
        device.require(max(chunk.end for chunk in space.chunks))
        write_trees(space, device, identity)
        write_superblocks(space, device, identity, volume.label)


def derive_bytes(volume: Volume, word: str) -> bytes:
    """Return a UUID of a file system: its own, or another that is derived from it."""
    return uuid.UUID(derive_uuid(volume.uuid, word) if word else volume.uuid).bytes


def assemble(collector: Collector, volume: Volume, end: int, epoch: int) -> Contents:
    """Return the contents of a file system of all that was collected; its data end at an address."""
    uuids = {tree.number: derive_bytes(volume, f"tree {tree.number}") for tree in collector.subvolumes}
    return Contents(
        trees=(
            *(build_tree(subvolume.number, subvolume.list_items(epoch)) for subvolume in collector.subvolumes),
            build_tree(form.CSUM_TREE, collector.sums),
            build_tree(form.UUID_TREE, [identify_tree(number, name) for number, name in uuids.items()]),
            build_tree(form.DATA_RELOCATION, describe_folder(form.FIRST_FREE, epoch)),
        ),
        extents=tuple(collector.extents),
        roots=tuple(collector.roots),
        uuids=uuids,
        chunks=tuple(list_data_chunks(end, collector.extents)),
        epoch=epoch,
    )


def identify_tree(number: int, name: bytes) -> Item:
    """Return the item of the tree of UUIDs for a subvolume."""
    halves = struct.unpack("<QQ", name)
    return (halves[0], form.UUID_SUBVOL, halves[1]), struct.pack("<Q", number)


def write_trees(space: Space, device: Device, identity: FileSystemIds) -> None:
    """Write the blocks of all trees, each twice."""
    system, metadata = space.chunks[:2]
    for number, tree in space.trees.items():
        chunk = system if number == form.CHUNK_TREE else metadata
        address = space.shapes[number].start
        for block in tree.write_blocks(address, identity):
            for offset in chunk.places:
                device.write(address - chunk.start + offset, block)
            address += form.NODE


def write_superblocks(space: Space, device: Device, identity: FileSystemIds, label: str) -> None:
    """Write the superblock to all places that the device has for it."""
    for address in SUPERBLOCKS:
        if address + form.SECTOR <= device.size:
            device.write(address, form.seal(describe_super(space, device.size, identity, label, address)))


def describe_super(space: Space, size: int, identity: FileSystemIds, label: str, address: int) -> bytes:
    """Return the superblock that lies at an address, without its checksum."""
    roots, chunks = space.shapes[form.ROOT_TREE], space.shapes[form.CHUNK_TREE]
    system = space.chunks[0]
    array = form.pack_key((form.FIRST_FREE, form.CHUNK_ITEM, system.start)) + form.pack_chunk(system, identity)
    occupied = sum(chunk.length * len(chunk.places) for chunk in space.chunks)
    used = sum(chunk.used for chunk in space.chunks)
    return (
        identity.fsid
        + struct.pack("<QQ8s", address, 1, form.MAGIC)
        + struct.pack("<9Q", form.GENERATION, roots.root, chunks.root, 0, 0, size, used, form.ROOT_DIR, 1)
        + struct.pack("<5I", form.SECTOR, form.NODE, form.NODE, form.SECTOR, len(array))
        + struct.pack("<4Q", form.GENERATION, 0, form.READ_ONLY_COMPATIBLE, form.INCOMPATIBLE)
        + struct.pack("<H3B", form.XXHASH, len(roots.levels) - 1, len(chunks.levels) - 1, 0)
        + form.pack_device(identity, size, occupied)
        + label.encode().ljust(256, b"\0")
        + struct.pack("<QQ", 0, form.GENERATION)
        + bytes(240)
        + array
    ).ljust(form.SECTOR - 32, b"\0")
