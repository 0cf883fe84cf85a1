"""The structures of btrfs as bytes (btrfs.readthedocs.io, On-disk format)."""

from __future__ import annotations

import struct

from xxhash import xxh64_digest

from composelib.dataclass import dataclass
from composelib.image.filesystems.crc32c import divide_bytes

SECTOR, NODE = 4096, 16384
STRIPE = 1 << 16
GENERATION = 1
EVERYTHING = (1 << 64) - 1
"""The offset of a key that stands for whatever version of a tree."""
XXHASH = 1  # csum_type
MAGIC = b"_BHRfS_M"
DATA, SYSTEM, METADATA, DUP = 1, 2, 4, 32  # flags of block groups
ROOT_TREE, EXTENT_TREE, CHUNK_TREE, DEV_TREE, FS_TREE, ROOT_DIR, CSUM_TREE = 1, 2, 3, 4, 5, 6, 7
UUID_TREE, FREE_SPACE_TREE, DATA_RELOCATION = 9, 10, EVERYTHING - 8
CHECKSUMS = EVERYTHING - 9  # the object of all checksums
FIRST_FREE = 256  # the first object that is not the file system's own
INODE_ITEM, INODE_REF, XATTR_ITEM, DIR_ITEM, DIR_INDEX, EXTENT_DATA, EXTENT_CSUM = 1, 12, 24, 84, 96, 108, 128
ROOT_ITEM, ROOT_BACKREF, ROOT_REF, EXTENT_ITEM, METADATA_ITEM, TREE_BLOCK_REF = 132, 144, 156, 168, 169, 176
EXTENT_DATA_REF, BLOCK_GROUP_ITEM, FREE_SPACE_INFO, FREE_SPACE_EXTENT = 178, 192, 198, 199
DEV_EXTENT, DEV_ITEM, CHUNK_ITEM, UUID_SUBVOL = 204, 216, 228, 251
FOLDER, ATTRIBUTE = 2, 8  # types of a folder's entries
INLINE, REGULAR = 0, 1  # types of a file's extents
MIXED_BACKREF, BIG_METADATA, EXTENDED_IREF, SKINNY_METADATA, NO_HOLES = 0x1, 0x20, 0x40, 0x100, 0x200
INCOMPATIBLE = MIXED_BACKREF | BIG_METADATA | EXTENDED_IREF | SKINNY_METADATA | NO_HOLES
READ_ONLY_COMPATIBLE = 0x1 | 0x2  # a free space tree, and it is valid
WRITTEN = 1 | 1 << 56  # a header's flags: written, with mixed back references
SYS_CHUNKS = 2048  # bytes of the superblock's array of system chunks
HASH_START = 0xFFFFFFFE
"""What the hashes of names begin with."""

Key = tuple[int, int, int]
"""Object, type and offset."""
Item = tuple[Key, bytes]


@dataclass(frozen=True)
class Chunk:
    """A range of the device that is a range of addresses; a copy of it may follow on the device."""

    start: int
    length: int
    kind: int
    used: int = 0

    @property
    def places(self) -> tuple[int, ...]:
        """Where it begins on the device, and where its copy does."""
        return (self.start, self.start + self.length) if self.kind & DUP else (self.start,)

    @property
    def end(self) -> int:
        """Where it ends on the device, with its copy."""
        return self.places[-1] + self.length


@dataclass(frozen=True)
class FileSystemIds:
    """The UUIDs of a file system: its own, that of its device and that of its chunk tree."""

    fsid: bytes
    device: bytes
    chunks: bytes


def hash_name(name: bytes) -> int:
    """Return the hash by which a folder's entries are found."""
    return divide_bytes(name, HASH_START)


def sum_bytes(content: bytes) -> bytes:
    """Return the checksum of a block or sector."""
    return xxh64_digest(content)[::-1]


def pack_key(key: Key) -> bytes:
    """Return a key."""
    return struct.pack("<QBQ", *key)


def pack_inode(mode: int, size: int, stored: int, epoch: int, **fields: int) -> bytes:
    """Return an inode; `stored` are the bytes of its extents, `fields` its links, owner, device and time in nanoseconds."""
    seconds, rest = divmod(fields.get("mtime", epoch * 10**9), 10**9)
    owner = fields.get("links", 1), fields.get("uid", 0), fields.get("gid", 0)
    return (
        struct.pack("<5Q", GENERATION, GENERATION, size, stored, 0)
        + struct.pack("<4I3Q32x", *owner, mode, fields.get("device", 0), 0, 0)
        + struct.pack("<QIQIqIQI", epoch, 0, epoch, 0, seconds, rest, epoch, 0)
    )


def pack_entry(location: Key, kind: int, name: bytes, content: bytes = b"") -> bytes:
    """Return an entry of a folder, or an extended attribute with its content."""
    return pack_key(location) + struct.pack("<QHHB", GENERATION, len(content), len(name), kind) + name + content


def pack_reference(index: int, name: bytes) -> bytes:
    """Return an inode's reference to its entry in a folder."""
    return struct.pack("<QH", index, len(name)) + name


def pack_root_reference(folder: int, index: int, name: bytes) -> bytes:
    """Return a subvolume's reference to its entry in a folder of the tree above."""
    return struct.pack("<QQH", folder, index, len(name)) + name


def pack_inline(content: bytes) -> bytes:
    """Return the extent of a small file, or of a link's target."""
    return struct.pack("<QQBBHB", GENERATION, len(content), 0, 0, 0, INLINE) + content


def pack_extent(address: int, length: int) -> bytes:
    """Return an extent of a file."""
    return struct.pack("<QQBBHBQQQQ", GENERATION, length, 0, 0, 0, REGULAR, address, length, 0, length)


def pack_data_use(tree: int, inode: int, offset: int) -> bytes:
    """Return the extent tree's item for an extent of a file, with its one user."""
    return struct.pack("<QQQBQQQI", 1, GENERATION, 1, EXTENT_DATA_REF, tree, inode, offset, 1)


def pack_block_use(tree: int) -> bytes:
    """Return the extent tree's item for a block of a tree."""
    return struct.pack("<QQQBQ", 1, GENERATION, 2, TREE_BLOCK_REF, tree)


def pack_root(address: int, levels: tuple[int, ...], uuid: bytes, epoch: int) -> bytes:
    """Return the root tree's item of a tree with so many blocks in each level; `uuid` is a subvolume's, empty for other trees."""
    inode = pack_inode(0o40755, 3, NODE, epoch)
    dates = struct.pack("<QIQI24x", epoch, 0, epoch, 0) if uuid else bytes(48)
    return (
        inode
        + struct.pack("<7QI", GENERATION, FIRST_FREE if uuid else 0, address, 0, sum(levels) * NODE, 0, 0, 1)
        + struct.pack("<17xBBQ", 0, len(levels) - 1, GENERATION)
        + struct.pack("<16s32x", uuid)
        + struct.pack("<4Q", *((GENERATION, GENERATION) if uuid else (0, 0)), 0, 0)
        + dates
        + bytes(64)
    )


def pack_device(identity: FileSystemIds, size: int, used: int) -> bytes:
    """Return the item of the one device."""
    head = struct.pack("<3Q3I3QIBB", 1, size, used, SECTOR, SECTOR, SECTOR, 0, 0, 0, 0, 0, 0)
    return head + identity.device + identity.fsid


def pack_chunk(chunk: Chunk, identity: FileSystemIds) -> bytes:
    """Return the item of a chunk."""
    head = struct.pack(
        "<4Q3IHH", chunk.length, EXTENT_TREE, STRIPE, chunk.kind, STRIPE, STRIPE, SECTOR, len(chunk.places), 1
    )
    return head + b"".join(struct.pack("<QQ", 1, start) + identity.device for start in chunk.places)


def pack_block(identity: FileSystemIds, address: int, tree: int, level: int, count: int, body: bytes) -> bytes:
    """Return a block of a tree."""
    content = (
        identity.fsid
        + struct.pack("<QQ", address, WRITTEN)
        + identity.chunks
        + struct.pack("<QQIB", GENERATION, tree, count, level)
        + body
    )
    return seal(content.ljust(NODE - 32, b"\0"))


def seal(content: bytes) -> bytes:
    """Return a block with its checksum before it."""
    return sum_bytes(content).ljust(32, b"\0") + content


def pack_leaf(identity: FileSystemIds, address: int, tree: int, items: list[Item]) -> bytes:
    """Return a leaf: keys and places of its items, their data from the end on."""
    end = NODE - 101
    heads, body = [], []
    for key, content in items:
        end -= len(content)
        heads.append(pack_key(key) + struct.pack("<II", end, len(content)))
        body.append(content)
    head = b"".join(heads)
    return pack_block(identity, address, tree, 0, len(items), head.ljust(end, b"\0") + b"".join(reversed(body)))


def pack_node(identity: FileSystemIds, address: int, tree: int, level: int, children: list[tuple[Key, int]]) -> bytes:
    """Return a node: the first key and the address of each child."""
    body = b"".join(pack_key(key) + struct.pack("<QQ", child, GENERATION) for key, child in children)
    return pack_block(identity, address, tree, level, len(children), body)
