"""A root's tar in OSTree's layout: written as another tar, but for the files with capabilities, which a tar loses."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import IO

from composelib.errors import ComposeError, MachineError
from composelib.image.ostree.layout import TMPFILES, Entry, Kind, Layout, fixed_entries

CAPABILITY = "SCHILY.xattr.security.capability"
KINDS: dict[bytes, Kind] = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.DIRTYPE: "dir",
    tarfile.SYMTYPE: "link",
    tarfile.LNKTYPE: "hard link",
}


def kernel_of(root: Path, label: str) -> str:
    """Give the kernel of a root. Raises ComposeError if it cannot be booted as a commit."""
    layout = Layout()
    with tarfile.open(root) as tar:
        for member in tar:
            layout.place(entry(member))
    faults = list(layout.faults())
    if faults:
        raise ComposeError(
            f"{label}: {'; '.join(faults)}", "an OSTree image needs a kernel and dracut among its packages"
        )
    return layout.kernels.pop()


def entry(member: tarfile.TarInfo) -> Entry:
    """Give a tar's member as an entry of a tree."""
    name = member.name.removeprefix("./").strip("/").removeprefix(".")
    return Entry(name, KINDS.get(member.type, "other"), member.mode, member.uid, member.gid, member.linkname)


def transform(root: Path, added: Mapping[str, str], sink: IO[bytes]) -> None:
    """Write a root as a tar in OSTree's layout, with the text files of `added` beside what it has."""
    layout = Layout()
    with tarfile.open(root) as source, tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT) as target:
        for member in source:
            one = entry(member)
            place = layout.place(one)
            if place:
                moved = renamed(member, place, layout)
                target.addfile(moved, source.extractfile(member) if member.isreg() else None)
        for fixed in fixed_entries():
            target.addfile(of_entry(fixed))
        for name, content in {**added, TMPFILES: layout.tmpfiles()}.items():
            target.addfile(plain(name, content), BytesIO(content.encode()))


def renamed(member: tarfile.TarInfo, place: str, layout: Layout) -> tarfile.TarInfo:
    """Give a tar's member under another name, without what a commit does not keep."""
    member.name = place
    member.pax_headers = {}
    if member.islnk():
        member.linkname = layout.target(member.linkname.removeprefix("./"))
    return member


def of_entry(fixed: Entry) -> tarfile.TarInfo:
    """Give a folder or link of a tree as a tar's member."""
    info = tarfile.TarInfo(fixed.name)
    info.type = tarfile.DIRTYPE if fixed.kind == "dir" else tarfile.SYMTYPE
    info.mode, info.linkname = fixed.mode, fixed.target
    return info


def plain(name: str, content: str) -> tarfile.TarInfo:
    """Give a text file of root's as a tar's member."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content.encode()), 0o644
    return info


def lay_over(root: Path, over: Path) -> None:
    """Put the files that have capabilities into a folder, as ostree takes these from files only, not from a tar.

    Raises MachineError if there are some and this process may not set them.
    """
    layout = Layout()
    folders: dict[str, tarfile.TarInfo] = {}
    with tarfile.open(root) as tar:
        for member in tar:
            place = layout.place(entry(member))
            if member.isdir():
                folders[place] = member
            elif place and CAPABILITY in member.pax_headers:
                if os.geteuid() != 0:
                    raise MachineError(
                        f"{member.name}: only root can commit a file that has capabilities", "run as root"
                    )
                for parent in [*Path(place).parents][-2::-1]:
                    make_folder(over / parent, folders.get(str(parent)))
                copy_capable(tar, member, over / place)


def make_folder(path: Path, like: tarfile.TarInfo | None) -> None:
    """Make a folder with the mode and owner that it has in a tar; one that the tar has not is root's."""
    path.mkdir(exist_ok=True)
    path.chmod(like.mode if like else 0o755)
    if like:
        os.chown(path, like.uid, like.gid)


def copy_capable(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    """Write a tar's file with its capabilities."""
    content = tar.extractfile(member)
    path.write_bytes(content.read() if content else b"")
    os.chown(path, member.uid, member.gid)
    path.chmod(member.mode)
    os.setxattr(path, "security.capability", member.pax_headers[CAPABILITY].encode("utf-8", "surrogateescape"))
