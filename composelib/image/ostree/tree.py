"""Write a root's tar in OSTree's layout, and in a folder the files with capabilities, which ostree reads from no tar."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import IO

from composelib.errors import ComposeError
from composelib.image.ostree.layout import TMPFILES, EntryKind, Layout, TreeEntry, list_fixed_entries
from composelib.image.root.tar import CAPABILITY, normalize_path
from composelib.text.escape import escape

KINDS: dict[bytes, EntryKind] = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.DIRTYPE: "dir",
    tarfile.SYMTYPE: "link",
    tarfile.LNKTYPE: "hard link",
}


def find_kernel(root: Path, label: str) -> str:
    """Return the version of a root's kernel. Raise ComposeError if the root cannot be committed, or not be booted as one."""
    layout = Layout()
    with tarfile.open(root) as tar:
        for member in tar:
            layout.map_path(read_entry(member))
    if layout.list_unwritable():
        names = ", ".join(map(escape, layout.list_unwritable()))
        raise ComposeError(
            f"{label}: its /var has names with control characters or that are not UTF-8: {names}",
            "remove them by a script",
        )
    faults = list(layout.find_faults())
    if faults:
        raise ComposeError(
            f"{label}: {'; '.join(faults)}", "an OSTree image needs a kernel and dracut among its packages"
        )
    return layout.kernels.pop()


def read_entry(member: tarfile.TarInfo) -> TreeEntry:
    """Return a tar's member as an entry of a tree."""
    name = normalize_path(member.name)
    return TreeEntry(name, KINDS.get(member.type, "other"), member.mode, member.uid, member.gid, member.linkname)


def write_commit_tar(root: Path, added: Mapping[str, str], sink: IO[bytes]) -> None:
    """Write a root as a tar in OSTree's layout, with the text files of `added` beside its own."""
    layout = Layout()
    with tarfile.open(root) as source, tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT) as target:
        for member in source:
            path = layout.map_path(read_entry(member))
            if path:
                moved = move_member(member, path, layout)
                target.addfile(moved, source.extractfile(member) if member.isreg() else None)
        for entry in list_fixed_entries():
            target.addfile(make_member(entry))
        for name, content in {**added, TMPFILES: layout.render_tmpfiles()}.items():
            target.addfile(make_text_member(name, content), BytesIO(content.encode()))


def move_member(member: tarfile.TarInfo, path: str, layout: Layout) -> tarfile.TarInfo:
    """Rename a tar's member to its path in the commit, without the headers that a commit does not keep; return it."""
    member.name = path
    member.pax_headers = {}
    if member.islnk():
        member.linkname = layout.map_target(member.linkname.removeprefix("./"))
    return member


def make_member(entry: TreeEntry) -> tarfile.TarInfo:
    """Return a folder or link of a tree as a tar's member."""
    info = tarfile.TarInfo(entry.name)
    info.type = tarfile.DIRTYPE if entry.kind == "dir" else tarfile.SYMTYPE
    info.mode, info.linkname = entry.mode, entry.target
    return info


def make_text_member(name: str, content: str) -> tarfile.TarInfo:
    """Return a text file, owned by root, as a tar's member."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content.encode()), 0o644
    return info


def extract_capable(root: Path, over: Path) -> None:
    """Extract the files that have capabilities into a folder, at their paths in the commit; if there are any, only root can."""
    layout = Layout()
    folders: dict[str, tarfile.TarInfo] = {}
    with tarfile.open(root) as tar:
        for member in tar:
            path = layout.map_path(read_entry(member))
            if member.isdir():
                folders[path] = member
            elif path and CAPABILITY in member.pax_headers:
                for parent in [*Path(path).parents][-2::-1]:
                    make_folder(over / parent, folders.get(str(parent)))
                extract_member(tar, member, over / path)


def make_folder(path: Path, like: tarfile.TarInfo | None) -> None:
    """Make a folder with the mode and owner of a tar's member; root's if the tar has none."""
    path.mkdir(exist_ok=True)
    path.chmod(like.mode if like else 0o755)
    if like:
        os.chown(path, like.uid, like.gid)


def extract_member(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    """Extract a tar's file with its owner, mode and capabilities."""
    content = tar.extractfile(member)
    path.write_bytes(content.read() if content else b"")
    os.chown(path, member.uid, member.gid)
    path.chmod(member.mode)
    os.setxattr(path, "security.capability", member.pax_headers[CAPABILITY].encode("utf-8", "surrogateescape"))
