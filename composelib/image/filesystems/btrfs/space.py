"""The trees of btrfs that say what lies where: those of chunks, the device, extents, free space and of the trees' roots."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from composelib.dataclass import dataclass
from composelib.image.filesystems.btrfs import format as form
from composelib.image.filesystems.btrfs.device import METADATA_START, MIB, SPARE, SUPERBLOCKS, SYSTEM_SIZE, SYSTEM_START
from composelib.image.filesystems.btrfs.format import NODE, Chunk, FileSystemIds, Item
from composelib.image.filesystems.btrfs.trees import Shape, Tree, build_tree

FOLDER_MODE = 0o40755
SPACE_TREES = (form.ROOT_TREE, form.EXTENT_TREE, form.DEV_TREE, form.FREE_SPACE_TREE, form.CHUNK_TREE)


@dataclass(frozen=True)
class Contents:
    """What is in a file system, as far as that does not depend on where its trees lie."""

    trees: tuple[Tree, ...]
    extents: tuple[Item, ...]
    """The extents of files."""
    roots: tuple[Item, ...]
    """How subvolumes lie in each other."""
    uuids: Mapping[int, bytes]
    """The UUID of each subvolume, by the number of its tree."""
    chunks: tuple[Chunk, ...]
    """The chunks of the data."""
    epoch: int


@dataclass(frozen=True)
class Space:
    """All trees of a file system with their places, and its chunks."""

    trees: Mapping[int, Tree]
    shapes: Mapping[int, Shape]
    chunks: tuple[Chunk, ...]


def lay_out_space(contents: Contents, identity: FileSystemIds, size: int) -> Space:
    """Return all trees of a file system of `size` bytes: those of space have items for their own blocks, too."""
    levels = {**{tree.number: tree.levels for tree in contents.trees}, **dict.fromkeys(SPACE_TREES, (1,))}
    while True:
        space = arrange(contents, identity, size, levels)
        actual = {number: tree.levels for number, tree in space.trees.items()}
        if actual == levels:
            return space
        levels = actual


def arrange(contents: Contents, identity: FileSystemIds, size: int, levels: Mapping[int, tuple[int, ...]]) -> Space:
    """Return all trees, if their levels have so many blocks; they may turn out to have others."""
    chunks = choose_chunks(contents, levels)
    shapes, start = {}, chunks[1].start
    for number, counts in levels.items():
        shapes[number] = Shape(counts, SYSTEM_START if number == form.CHUNK_TREE else start)
        start = start if number == form.CHUNK_TREE else shapes[number].end
    items = {
        form.ROOT_TREE: list_roots(contents, shapes),
        form.EXTENT_TREE: [*contents.extents, *list_blocks(shapes), *map(describe_group, chunks)],
        form.DEV_TREE: list_device_extents(chunks, identity),
        form.FREE_SPACE_TREE: list_free_space(chunks),
        form.CHUNK_TREE: list_chunks(chunks, identity, size),
    }
    trees = {tree.number: tree for tree in contents.trees}
    return Space(trees | {number: build_tree(number, listed) for number, listed in items.items()}, shapes, chunks)


def choose_chunks(contents: Contents, levels: Mapping[int, tuple[int, ...]]) -> tuple[Chunk, ...]:
    """Return all chunks: the system's, that of metadata, which lies before the data where it fits, and the data's."""
    blocks = {number: sum(counts) * NODE for number, counts in levels.items()}
    system = Chunk(SYSTEM_START, SYSTEM_SIZE, form.SYSTEM | form.DUP, blocks.pop(form.CHUNK_TREE))
    used = sum(blocks.values())
    length = -(-max(used + SPARE, used * 5 // 4) // MIB) * MIB
    fits = METADATA_START + 2 * length <= SUPERBLOCKS[1]
    start = METADATA_START if fits else contents.chunks[-1].start + contents.chunks[-1].length
    return system, Chunk(start, length, form.METADATA | form.DUP, used), *contents.chunks


def list_roots(contents: Contents, shapes: Mapping[int, Shape]) -> list[Item]:
    """Return the items of the tree of roots: the other trees, and the folder that names the tree to mount."""
    trees = [number for number in shapes if number not in {form.ROOT_TREE, form.CHUNK_TREE}]
    uuids = {form.DATA_RELOCATION: bytes(16), **contents.uuids}
    default = form.pack_entry((form.FS_TREE, form.ROOT_ITEM, form.EVERYTHING), form.FOLDER, b"default")
    return [
        *(
            (
                (number, form.ROOT_ITEM, 0),
                form.pack_root(shape.root, shape.levels, uuids.get(number, b""), contents.epoch),
            )
            for number in trees
            for shape in [shapes[number]]
        ),
        *describe_folder(form.ROOT_DIR, contents.epoch),
        ((form.ROOT_DIR, form.DIR_ITEM, form.hash_name(b"default")), default),
        *contents.roots,
    ]


def describe_folder(number: int, epoch: int) -> list[Item]:
    """Return the items of a folder without entries that is the top of its tree."""
    return [
        ((number, form.INODE_ITEM, 0), form.pack_inode(FOLDER_MODE, 0, NODE, epoch)),
        ((number, form.INODE_REF, number), form.pack_reference(0, b"..")),
    ]


def list_blocks(shapes: Mapping[int, Shape]) -> list[Item]:
    """Return the items of the extent tree for the blocks of all trees."""
    return [
        ((address, form.METADATA_ITEM, level), form.pack_block_use(number))
        for number, shape in shapes.items()
        for address, level in shape.list_blocks()
    ]


def describe_group(chunk: Chunk) -> Item:
    """Return the item of the extent tree that says how much of a chunk is used."""
    return (chunk.start, form.BLOCK_GROUP_ITEM, chunk.length), struct.pack(
        "<QQQ", chunk.used, form.FIRST_FREE, chunk.kind
    )


def list_device_extents(chunks: Sequence[Chunk], identity: FileSystemIds) -> list[Item]:
    """Return the items of the device's tree: which of its bytes belong to which chunk."""
    return [
        (
            (1, form.DEV_EXTENT, start),
            struct.pack("<4Q", form.CHUNK_TREE, form.FIRST_FREE, chunk.start, chunk.length) + identity.chunks,
        )
        for chunk in chunks
        for start in chunk.places
    ]


def list_free_space(chunks: Sequence[Chunk]) -> list[Item]:
    """Return the items of the tree of free space: a chunk is used from its start on."""
    items: list[Item] = []
    for chunk in chunks:
        free = chunk.length - chunk.used
        items.append(((chunk.start, form.FREE_SPACE_INFO, chunk.length), struct.pack("<II", bool(free), 0)))
        if free:
            items.append(((chunk.start + chunk.used, form.FREE_SPACE_EXTENT, free), b""))
    return items


def list_chunks(chunks: Sequence[Chunk], identity: FileSystemIds, size: int) -> list[Item]:
    """Return the items of the tree of chunks: the device and all chunks."""
    device = form.pack_device(identity, size, sum(chunk.length * len(chunk.places) for chunk in chunks))
    return [
        ((1, form.DEV_ITEM, 1), device),
        *(((form.FIRST_FREE, form.CHUNK_ITEM, chunk.start), form.pack_chunk(chunk, identity)) for chunk in chunks),
    ]
