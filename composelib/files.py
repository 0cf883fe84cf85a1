"""Writes files that appear complete or not at all, and removes folders with all in them."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

EXECUTABLE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH

FICLONE = 0x40049409
"""ioctl_ficlone(2)."""
SUM_BLOCK = 1 << 20
"""Bytes that are hashed at a time."""


@contextmanager
def written_aside(path: Path, *, may_be_empty: bool = False, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success fsync the file there and rename it to `path`.

    On failure, remove it. Raise FileNotFoundError if nothing was written; an empty file counts as nothing unless it
    `may_be_empty`. A folder at `path` is replaced, too. `durable=False` skips the fsync: for large files that are verified again before publishing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.new")
    discard(aside)
    try:
        yield aside
        if not (aside.exists() and (may_be_empty or aside.stat().st_size)):
            raise FileNotFoundError(errno.ENOENT, "nothing was written", str(path))
        if durable:
            with aside.open("rb+") as stream:
                os.fsync(stream.fileno())
        replace_whatever(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def write_file(path: Path, content: bytes | str) -> None:
    """Write a file through written_aside(). Raise OSError, which names the file, not the one that is written aside."""
    try:
        with written_aside(path, may_be_empty=True) as aside:
            aside.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        error.filename = str(path)
        raise


def read_link_name(link: Path) -> str:
    """Return the name of the folder beside a link that it leads to; empty if it leads elsewhere or to nothing."""
    try:
        name = str(link.readlink())
    except OSError:
        return ""
    if "/" in name or name in {"", ".", ".."}:
        return ""
    target = link.with_name(name)
    return name if target.is_dir() and not target.is_symlink() else ""


def sha256_of(path: Path) -> str:
    """Return the SHA256 of a file's content, in hex."""
    import hashlib  # noqa: PLC0415 - it loads OpenSSL, and few tasks need it

    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class FileSums(NamedTuple):
    """The sums of a file's content, in hex."""

    sha256: str
    sha512: str


def sums_of(path: Path) -> FileSums:
    """Return the sums of a file's content, which is read once."""
    import hashlib  # noqa: PLC0415 - as above

    sha256, sha512 = hashlib.sha256(), hashlib.sha512()
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(SUM_BLOCK):
            sha256.update(block)
            sha512.update(block)
    return FileSums(sha256.hexdigest(), sha512.hexdigest())


def read_epoch(path: Path) -> int:
    """Return the seconds since 1970 in a file: SOURCE_DATE_EPOCH of a compose."""
    return int(path.read_text())


def link_file(source: Path, target: Path) -> None:
    """Make `target` a hard link to `source`, or a copy of it on another file system."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}.new")  # tasks of two arches link the same `all` package
    aside.unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        if target.samefile(source) and not target.is_symlink():
            return
    try:
        os.link(source, aside)
    except OSError:  # another device, a full link count, a file system without links
        import shutil  # noqa: PLC0415 - it loads every compression, which few tasks need

        shutil.copy2(source, aside)
    replace_whatever(aside, target)


def replace_whatever(source: Path, target: Path) -> None:
    """Rename a file to the path where it belongs, in place of a folder, too, that somebody put there."""
    try:
        source.replace(target)
    except IsADirectoryError:
        discard(target)
        source.replace(target)


def copy_frozen(source: Path, target: Path) -> None:
    """Copy a file, read-only and with its time, so that a change of one leaves the other alone."""
    if not share_blocks(source, target):
        import shutil  # noqa: PLC0415 - as above

        shutil.copyfile(source, target)
    finish_copy(source, target)


def share_blocks(source: Path, target: Path) -> bool:
    """Make a copy that shares the disk's blocks; return whether the file system can."""
    from fcntl import ioctl  # noqa: PLC0415 - few tasks copy

    with source.open("rb") as original, target.open("wb") as copy:
        try:
            ioctl(copy.fileno(), FICLONE, original.fileno())
        except OSError:
            copy.close()
            target.unlink()
            return False
    return True


def finish_copy(source: Path, target: Path) -> None:
    """Set a copy's time to that of its original, and make it read-only."""
    status = source.lstat()
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    target.chmod(0o444)


@contextmanager
def scratch_folder(directory: Path) -> Iterator[Path]:
    """Yield an empty directory; remove it, with all in it, when the block ends.

    First remove what a killed run has left there, but nothing below a mount.
    """
    remove_tree(directory)
    directory.mkdir(parents=True)
    try:
        yield directory
    finally:
        remove_tree(directory)


def open_own(path: Path, flags: int) -> int:
    """Open a file that only this program writes, created if it is missing, in place of whatever else stands there.

    A link is not followed, and a file that has further names keeps its content under these.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not is_own(path):
        discard(path)
    return os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)


def open_lock(path: Path) -> int:
    """Open a file for flock(2), which nobody writes, created if it is missing, in place of whatever else stands there.

    A link is not followed. A lock that was given further names, as `cp -al` does, is the lock under each of them.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or not path.is_file():
        discard(path)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)


def break_link(path: Path) -> bool:
    """Replace a file that has further names, as a backup of hard links gives it, by a copy; return whether it had any.

    Whoever writes a file in place does this first, holding the lock that guards it.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(status.st_mode) or status.st_nlink <= 1:
        return False
    import shutil  # noqa: PLC0415 - as above

    with written_aside(path, may_be_empty=True) as aside:
        shutil.copy2(path, aside)
    return True


def is_own(path: Path) -> bool:
    """Return whether a path is a regular file of one name, or nothing."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return True
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def make_read_only(path: Path) -> None:
    """Let all read a file, or run it if anybody may, and nobody write it."""
    mode = stat.S_IMODE(path.stat().st_mode)
    target = 0o555 if mode & EXECUTABLE else 0o444
    if mode != target:
        path.chmod(target)


def discard(path: Path) -> None:
    """Remove a file, a link (not what it leads to) or a directory with all in it, if there is one."""
    if path.is_dir() and not path.is_symlink():
        remove_tree(path)
    else:
        path.unlink(missing_ok=True)


def remove_others(directory: Path, names: Container[str]) -> None:
    """Remove whatever a directory has beside these names; make it if there is none."""
    directory.mkdir(parents=True, exist_ok=True)
    for path in directory.iterdir():
        if path.name not in names:
            discard(path)


def remove_tree(directory: Path) -> None:
    """Remove a directory and all in it. Raise OSError if something is mounted below it."""
    if directory.is_symlink():
        directory.unlink()
    try:
        directory.rmdir()  # most are empty
    except FileNotFoundError:
        return
    except OSError:
        remove_full_tree(directory)


def remove_full_tree(directory: Path) -> None:
    """Remove a directory that is not empty. Raise OSError if it is a mount or has one below it."""
    for mount in list_mounts(directory):
        raise OSError(errno.EBUSY, "something is mounted there; unmount it, then run again", str(mount))
    import shutil  # noqa: PLC0415 - as above

    shutil.rmtree(directory)


def list_mounts(directory: Path) -> list[Path]:
    """Return the mounts at or below a directory, the deepest first (proc(5), mountinfo)."""
    root = directory.resolve()
    fields = [line.split(b" ") for line in Path("/proc/self/mountinfo").read_bytes().splitlines()]
    mounts = [Path(os.fsdecode(field[4].decode("unicode_escape").encode("latin-1"))) for field in fields]
    return sorted((mount for mount in mounts if mount.is_relative_to(root)), reverse=True)
