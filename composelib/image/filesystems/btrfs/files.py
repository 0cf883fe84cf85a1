"""The files of a folder as items of btrfs trees, a tree for each subvolume; their data go to the device at once."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import field
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.filesystems.btrfs.format import (
    ATTRIBUTE,
    CHECKSUMS,
    DIR_INDEX,
    DIR_ITEM,
    EVERYTHING,
    EXTENT_CSUM,
    EXTENT_DATA,
    EXTENT_ITEM,
    FIRST_FREE,
    FS_TREE,
    INODE_ITEM,
    INODE_REF,
    ROOT_BACKREF,
    ROOT_ITEM,
    ROOT_REF,
    SECTOR,
    XATTR_ITEM,
    Item,
    Key,
    hash_name,
    pack_data_use,
    pack_entry,
    pack_extent,
    pack_inline,
    pack_inode,
    pack_reference,
    pack_root_reference,
    sum_bytes,
)

SMALL = 2048
"""Bytes of a file that may lie in the tree itself: the kernel's default."""
CSUMS = 1000
"""Sectors whose checksums are one item."""
FIRST_INDEX = 2
"""Where the entries of a folder begin to count: `.` and `..` have none."""
KINDS = {
    stat.S_IFREG: 1,
    stat.S_IFDIR: 2,
    stat.S_IFCHR: 3,
    stat.S_IFBLK: 4,
    stat.S_IFIFO: 5,
    stat.S_IFSOCK: 6,
    stat.S_IFLNK: 7,
}
"""The types of a folder's entries."""

Store = Callable[[bytes], int]
"""Writes the content of one extent to the device, and returns its address."""


@dataclass
class Subvolume:
    """A tree of files, as it comes into being."""

    number: int
    items: list[Item] = field(default_factory=list)
    inodes: dict[tuple[int, int], int] = field(default_factory=dict)
    """The inodes of files with several names, by what they are outside."""
    links: Counter[int] = field(default_factory=Counter)
    """The names that each inode has here."""
    written: list[tuple[int, os.stat_result, int, int]] = field(default_factory=list)
    """Each inode, with the size of its content and the bytes stored of it."""
    last: int = FIRST_FREE

    def list_items(self, epoch: int) -> list[Item]:
        """Return all items of the tree."""
        return [
            *self.items,
            *(
                ((number, INODE_ITEM, 0), describe_inode(status, size, stored, self.links[number], epoch))
                for number, status, size, stored in self.written
            ),
        ]


@dataclass
class Collector:
    """Collects the items of all trees that describe the files of a folder."""

    top: Path
    nested: tuple[str, ...]
    """The paths of the folders that are subvolumes, below the top."""
    store: Store
    most: int
    """The most bytes that an extent may have."""
    subvolumes: list[Subvolume] = field(default_factory=list)
    roots: list[Item] = field(default_factory=list)
    """How subvolumes lie in each other."""
    extents: list[Item] = field(default_factory=list)
    sums: list[Item] = field(default_factory=list)

    def collect(self) -> None:
        """Read the whole folder."""
        self.add_subvolume(self.top, FS_TREE)

    def add_subvolume(self, folder: Path, number: int) -> None:
        """Add the tree of a folder that is the top of a subvolume."""
        subvolume = Subvolume(number)
        self.subvolumes.append(subvolume)
        subvolume.links[FIRST_FREE] = 1
        subvolume.items.append(((FIRST_FREE, INODE_REF, FIRST_FREE), pack_reference(0, b"..")))
        self.add_inode(subvolume, FIRST_FREE, folder)

    def add_inode(self, subvolume: Subvolume, number: int, path: Path) -> None:
        """Add an inode with all that it holds."""
        status = path.lstat()
        size, stored = status.st_size, 0
        if stat.S_ISDIR(status.st_mode):
            size = self.add_folder(subvolume, number, path)
        elif stat.S_ISLNK(status.st_mode):
            target = os.fsencode(path.readlink())
            stored = self.add_inline(subvolume, number, target)
        elif stat.S_ISREG(status.st_mode):
            stored = self.add_content(subvolume, number, path)
        subvolume.written.append((number, status, size, stored))
        for name in sorted(os.listxattr(path, follow_symlinks=False)):
            value = os.getxattr(path, name, follow_symlinks=False)
            key = (number, XATTR_ITEM, hash_name(name.encode()))
            subvolume.items.append((key, pack_entry((0, 0, 0), ATTRIBUTE, name.encode(), value)))

    def add_folder(self, subvolume: Subvolume, number: int, folder: Path) -> int:
        """Add the entries of a folder; return its size."""
        names = sorted(map(os.fsencode, os.listdir(folder)))  # noqa: PTH208 - names alone
        for index, name in enumerate(names, FIRST_INDEX):
            path = folder / os.fsdecode(name)
            mode = path.lstat().st_mode
            if str(path.relative_to(self.top)) in self.nested:
                location = self.add_nested(subvolume, number, index, path)
            else:
                location = self.add_named(subvolume, number, index, path)
            entry = pack_entry(location, KINDS[stat.S_IFMT(mode)], name)
            subvolume.items.append(((number, DIR_ITEM, hash_name(name)), entry))
            subvolume.items.append(((number, DIR_INDEX, index), entry))
        return 2 * sum(map(len, names))

    def add_nested(self, above: Subvolume, folder: int, index: int, path: Path) -> Key:
        """Add a subvolume that is an entry of a folder; return what the entry leads to."""
        number = FIRST_FREE + len(self.subvolumes) - 1
        reference = pack_root_reference(folder, index, os.fsencode(path.name))
        self.roots.append(((above.number, ROOT_REF, number), reference))
        self.roots.append(((number, ROOT_BACKREF, above.number), reference))
        self.add_subvolume(path, number)
        return number, ROOT_ITEM, EVERYTHING

    def add_named(self, subvolume: Subvolume, folder: int, index: int, path: Path) -> Key:
        """Add a file that is an entry of a folder, unless it has another name already; return what the entry leads to."""
        status = path.lstat()
        identity = (status.st_dev, status.st_ino)
        number = subvolume.inodes.get(identity, 0)
        is_new = not number
        if is_new:
            number = subvolume.last = subvolume.last + 1
            if status.st_nlink > 1:
                subvolume.inodes[identity] = number
        reference = pack_reference(index, os.fsencode(path.name))
        subvolume.items.append(((number, INODE_REF, folder), reference))
        subvolume.links[number] += 1
        if is_new:
            self.add_inode(subvolume, number, path)
        return number, INODE_ITEM, 0

    def add_inline(self, subvolume: Subvolume, number: int, content: bytes) -> int:
        """Add a small content; return the bytes that are stored."""
        subvolume.items.append(((number, EXTENT_DATA, 0), pack_inline(content)))
        return len(content)

    def add_content(self, subvolume: Subvolume, number: int, path: Path) -> int:
        """Add the content of a file; return the bytes that are stored. Zeros of a whole extent are a hole."""
        stored = offset = 0
        with path.open("rb") as stream:
            while content := stream.read(self.most):
                if not offset and len(content) <= SMALL:
                    return self.add_inline(subvolume, number, content)
                length = -(-len(content) // SECTOR) * SECTOR
                if content.count(0) != len(content):
                    self.add_extent(subvolume, number, offset, content.ljust(length, b"\0"))
                    stored += length
                offset += length
        return stored

    def add_extent(self, subvolume: Subvolume, number: int, offset: int, content: bytes) -> None:
        """Store an extent of a file and add its items."""
        address = self.store(content)
        subvolume.items.append(((number, EXTENT_DATA, offset), pack_extent(address, len(content))))
        self.extents.append(((address, EXTENT_ITEM, len(content)), pack_data_use(subvolume.number, number, offset)))
        for start in range(0, len(content), CSUMS * SECTOR):
            sums = b"".join(sum_sectors(content[start : start + CSUMS * SECTOR]))
            self.sums.append(((CHECKSUMS, EXTENT_CSUM, address + start), sums))


def describe_inode(status: os.stat_result, size: int, stored: int, links: int, epoch: int) -> bytes:
    """Return the item of an inode; all its times but that of its content are the epoch."""
    return pack_inode(
        status.st_mode,
        size,
        stored,
        epoch,
        links=links,
        uid=status.st_uid,
        gid=status.st_gid,
        device=os.major(status.st_rdev) << 20 | os.minor(status.st_rdev),
        mtime=status.st_mtime_ns,
    )


def sum_sectors(content: bytes) -> Iterator[bytes]:
    """Yield the checksum of each sector."""
    for start in range(0, len(content), SECTOR):
        yield sum_bytes(content[start : start + SECTOR])
