"""Read a root file system's tar: its members, the kernel that it boots, single files."""

from __future__ import annotations

import re
import shutil
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from composelib.dataclass import dataclass
from composelib.errors import ComposeError

KERNEL = re.compile(r"boot/vmlinu[xz]-(.+)")
BLOCK = 4096
END = 1024
"""Bytes of zeros at the end of a tar."""
CAPABILITY = "SCHILY.xattr.security.capability"
"""The header of a tar's member that holds a file's capabilities."""


@dataclass(frozen=True)
class Kernel:
    """A kernel and its initramfs: paths within the root, and the paths a boot loader's menu should name.

    The menu's are the links `/vmlinuz` and `/initrd.img`, which a kernel's upgrade moves, where the root has them.
    """

    version: str
    kernel: str
    initrd: str
    menu_kernel: str
    menu_initrd: str


def read_path(member: tarfile.TarInfo) -> str:
    """Return a member's path without `./` or `/` before it."""
    return str(PurePosixPath("/", member.name).relative_to("/"))


def normalize_path(name: str) -> str:
    """Return a member's path without `./` before it; empty for the root itself."""
    path = name.removeprefix("./").strip("/")
    return "" if path == "." else path


def require_end(tar: Path, program: str) -> None:
    """Raise ComposeError unless a tar has its end, two blocks of zeros: what reads tars takes a cut at a header for the end."""
    size = tar.stat().st_size
    with tar.open("rb") as stream:
        stream.seek(max(size - END, 0))
        if stream.read() != bytes(END):
            raise ComposeError(f"{program} ended with exit status 0, but {tar}: cut off: {size} bytes", "see the log")


def list_members(root: Path) -> dict[str, tarfile.TarInfo]:
    """Return the members of a root's tar by path."""
    with tarfile.open(root) as tar:
        return {read_path(member): member for member in tar}


def choose_kernel(listed: Iterable[str], links: Mapping[str, str]) -> Kernel:
    """Return the kernel to boot: the one that `/vmlinuz` links to, else the last by natural order of versions.

    `listed` are the paths of the root, `links` the targets of the links among them.
    Raise ComposeError if there is no kernel or it has no initramfs.
    """
    paths = set(listed)
    versions = {match[1]: path for path in paths if (match := KERNEL.fullmatch(path))}
    if not versions:
        raise ComposeError(
            "the root file system has no kernel in /boot", "add linux-image-ARCH to the image's packages"
        )
    linked = KERNEL.fullmatch(links.get("vmlinuz", "").lstrip("/"))
    version = linked[1] if linked and linked[1] in versions else max(versions, key=order_version)
    initrd = f"boot/initrd.img-{version}"
    if initrd not in paths:
        raise ComposeError(f"the kernel {version} has no /{initrd}", "add initramfs-tools to the image's packages")
    if links.get("vmlinuz") == versions[version] and links.get("initrd.img") == initrd:
        return Kernel(version, versions[version], initrd, "/vmlinuz", "/initrd.img")
    return Kernel(version, versions[version], initrd, f"/{versions[version]}", f"/{initrd}")


def order_version(version: str) -> list[tuple[int, str]]:
    """Return a key that orders `6.1.0-9` before `6.1.0-10`."""
    return [(int(run), "") if run.isdigit() else (-1, run) for run in re.split(r"(\d+)", version) if run]


def find_kernel(entries: Mapping[str, tarfile.TarInfo]) -> Kernel:
    """Return the kernel to boot of a root with these members; raise ComposeError as choose_kernel does."""
    return choose_kernel(entries, {path: member.linkname for path, member in entries.items() if member.issym()})


def extract(root: Path, member: tarfile.TarInfo, to: Path) -> None:
    """Write one file of a root's tar."""
    with tarfile.open(root) as tar:
        source = tar.extractfile(member)
        if source is None:
            raise ComposeError(f"{root}: {member.name} is not a file")
        with to.open("wb") as target:
            shutil.copyfileobj(source, target)


def read_content(root: Path, path: str) -> bytes:
    """Return the content of one file of a root's tar. Raise ComposeError if there is no such file."""
    with tarfile.open(root) as tar:
        for member in tar:
            stream = tar.extractfile(member) if read_path(member) == path else None
            if stream:
                return stream.read()
    raise ComposeError(f"{root}: has no file /{path}")


def find_content(root: Path, members: Mapping[str, tarfile.TarInfo], path: str) -> bytes | None:
    """Return the content of one file of a root's tar with these members; None if it has no such file."""
    if path not in members:
        return None
    with tarfile.open(root) as tar:
        stream = tar.extractfile(members[path])
        return stream.read() if stream else None


def measure_content(entries: Mapping[str, tarfile.TarInfo]) -> int:
    """Return the bytes that a root's content takes in blocks of 4 KiB, with an inode of 256 bytes for each member."""
    blocks = sum(-(-member.size // BLOCK) if member.isfile() else 1 for member in entries.values())
    return blocks * BLOCK + 256 * len(entries)


def require_path(entries: Mapping[str, tarfile.TarInfo], path: str, hint: str) -> None:
    """Raise ComposeError with a hint unless a root has a path."""
    if path not in entries:
        raise ComposeError(f"the root file system has no /{path}", hint)
