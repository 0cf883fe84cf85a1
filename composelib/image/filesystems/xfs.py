"""XFS file systems with the content of a folder.

mkfs.xfs fills one from a prototype, with the time of the run in each inode, and without the times and some bits of the modes of files:
these are written into the inodes afterwards. It keeps no extended attributes, and each name of a file becomes a file of its own.
"""

from __future__ import annotations

import os
import re
import stat
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.errors import ComposeError
from composelib.image.filesystems.crc32c import START, divide_bytes
from composelib.image.filesystems.volume import Volume
from composelib.image.media.image_check import require
from composelib.image.media.sparse import lay_part
from composelib.image.media.written_check import blame_writer
from composelib.tools import mkfs
from composelib.tools.run import run

UNFIT = re.compile(rb"[\s\"'\\]|^[$:]")
"""What a prototype has no form for in names and in the targets of links."""
BIGTIME_START = 1 << 31
"""Seconds before 1970 from which the nanoseconds of an inode's times count."""
INODE = 512
"""Bytes of an inode."""
MODE, ACCESSED, CREATED, CHECKSUM = 2, 32, 144, 100
"""Offsets in an inode (XFS Algorithms & Data Structures, 16): mode, times of access, content and change, of its making, and checksum."""


@dataclass(frozen=True)
class Geometry:
    """Where the inodes of an XFS file system lie."""

    block: int
    group_blocks: int
    """Blocks of an allocation group."""
    inodes_bits: int
    """Bits of an inode's number that count within its block."""
    group_bits: int
    """Bits that count the blocks of its group."""
    system: tuple[int, ...]
    """The inodes that are no file's."""

    def find_inode(self, number: int) -> int:
        """Return the offset of an inode."""
        block = number >> self.inodes_bits
        group, block = block >> self.group_bits, block & (1 << self.group_bits) - 1
        within = number & (1 << self.inodes_bits) - 1
        return (group * self.group_blocks + block) * self.block + within * INODE


def write_xfs(volume: Volume, tree: Path, raw: Path, folder: Path, epoch: int) -> None:
    """Make a file system of a tree in its partition of a disk. Raise ComposeError for what it would lose of a file."""
    image, prototype = folder / "partition", folder / "prototype"
    with image.open("wb") as stream:
        stream.truncate(volume.partition.size)
    prototype.write_bytes(b"/\n0 0\n" + b"".join(list_prototype(tree, tree, volume.mount)) + b"$\n")
    run(mkfs.xfs(image.absolute(), volume.uuid, volume.label, prototype.absolute()), cwd=tree)
    paths = [os.fsencode(path.relative_to(tree)) for path in walk_tree(tree)]
    with image.open("rb+") as stream:
        geometry = read_geometry(os.pread(stream.fileno(), 512, 0))
        for number, path in zip(find_inodes(image, paths), paths, strict=True):
            date_inode(stream.fileno(), geometry.find_inode(number), (tree / os.fsdecode(path)).lstat(), epoch)
        for number in geometry.system:
            date_inode(stream.fileno(), geometry.find_inode(number), None, epoch)
    with blame_writer("mkfs.xfs"):
        run(mkfs.fsck_xfs(image))
    lay_part(image, raw, volume.partition.start)


def walk_tree(tree: Path) -> Iterator[Path]:
    """Yield the top of a tree and all that is in it."""
    yield tree
    for folder, names, files in os.walk(tree):
        names.sort()
        yield from (Path(folder, name) for name in sorted((*names, *files)))


def list_prototype(path: Path, tree: Path, mount: str) -> Iterator[bytes]:
    """Yield the lines that describe a folder and all that is in it, but for its name."""
    yield describe_mode(b"d", path.lstat()) + b"\n"
    for child in sorted(path.iterdir()):
        name = os.fsencode(child.name)
        refuse_unfit(child, f"{mount.rstrip('/')}/{child.relative_to(tree)}")
        yield name + b" "
        status = child.lstat()
        if stat.S_ISDIR(status.st_mode):
            yield from list_prototype(child, tree, mount)
            yield b"$\n"
        else:
            yield describe_file(child, status, os.fsencode(child.relative_to(tree))) + b"\n"


def describe_file(path: Path, status: os.stat_result, source: bytes) -> bytes:
    """Return the rest of the line of a file; `source` is where its content is."""
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFLNK:
        return describe_mode(b"l", status) + b" " + os.fsencode(path.readlink())
    if kind in {stat.S_IFCHR, stat.S_IFBLK}:
        letter = b"c" if kind == stat.S_IFCHR else b"b"
        return describe_mode(letter, status) + b" %d %d" % (os.major(status.st_rdev), os.minor(status.st_rdev))
    return describe_mode(b"p", status) if kind == stat.S_IFIFO else describe_mode(b"-", status) + b" " + source


def describe_mode(letter: bytes, status: os.stat_result) -> bytes:
    """Return a prototype's words for mode and owner."""
    return b"%s--%03o %d %d" % (letter, status.st_mode & 0o777, status.st_uid, status.st_gid)


def refuse_unfit(path: Path, name: str) -> None:
    """Raise ComposeError for a file that a prototype has no form for."""
    fault = ""
    target = os.fsencode(path.readlink()) if path.is_symlink() else b""
    if UNFIT.search(os.fsencode(path.name)) or UNFIT.search(target):
        fault = "has a name or target with a blank, a quote or a backslash"
    elif os.listxattr(path, follow_symlinks=False):
        fault = "has extended attributes, such as capabilities"
    elif stat.S_ISSOCK(path.lstat().st_mode):
        fault = "is a socket"
    if fault:
        raise ComposeError(f"{name} {fault}, which mkfs.xfs does not take", "use `fs: ext4` or `fs: btrfs` there")


def read_geometry(superblock: bytes) -> Geometry:
    """Return where the inodes lie, as the superblock says."""
    (block,) = struct.unpack_from(">I", superblock, 4)
    (group_blocks,) = struct.unpack_from(">I", superblock, 84)
    inodes_bits, group_bits = superblock[123], superblock[124]
    return Geometry(block, group_blocks, inodes_bits, group_bits, struct.unpack_from(">QQ", superblock, 64))


def find_inodes(image: Path, paths: Sequence[bytes]) -> list[int]:
    """Return the number of the inode of each path."""
    printed = run(mkfs.find_xfs_inodes(image), input=mkfs.ask_xfs_inodes(paths), capture=True).stdout
    numbers = [int(number) for number in re.findall(rb"current inode number is (\d+)", printed)]
    with blame_writer("mkfs.xfs"):
        require(len(set(numbers)) == len(paths), image, f"it has {len(set(numbers))} files and folders of {len(paths)}")
    return numbers


def date_inode(target: int, offset: int, status: os.stat_result | None, epoch: int) -> None:
    """Set the times of an inode to the epoch, and mode and time of the content to those of its file, if it has one."""
    inode = bytearray(os.pread(target, INODE, offset))
    nanoseconds = (epoch + BIGTIME_START) * 10**9
    content = nanoseconds if status is None else status.st_mtime_ns + BIGTIME_START * 10**9
    struct.pack_into(">QQQ", inode, ACCESSED, nanoseconds, content, nanoseconds)
    struct.pack_into(">Q", inode, CREATED, nanoseconds)
    if status:
        struct.pack_into(">H", inode, MODE, status.st_mode)
    struct.pack_into("<I", inode, CHECKSUM, 0)
    struct.pack_into("<I", inode, CHECKSUM, divide_bytes(bytes(inode)) ^ START)
    os.pwrite(target, inode, offset)
