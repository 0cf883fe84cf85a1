"""A commit as a bootable container's tree: /etc in its place, and the folders that /var begins with."""

from __future__ import annotations

import shlex
import tarfile
from collections.abc import Iterator

from composelib.image.oci.build import path_of

ETC = "usr/etc"


def place(member: tarfile.TarInfo) -> str:
    """Give the path that a commit's member has in a container: /etc is where programs look for it."""
    name = path_of(member.name)
    if name == ETC or name.startswith(f"{ETC}/"):
        return name.removeprefix("usr/")
    return name


def in_var(tmpfiles: str) -> Iterator[tarfile.TarInfo]:
    """Give the folders and links of /var that lines of tmpfiles.d(5) make, but not the files they copy."""
    for line in tmpfiles.splitlines():
        words = shlex.split(line)
        if words[0] not in {"d", "L"}:
            continue
        member = tarfile.TarInfo(words[1].replace("%%", "%").lstrip("/"))
        if words[0] == "d":
            member.type, member.mode = tarfile.DIRTYPE, int(words[2], 8)
            member.uid, member.gid = (0 if owner == "root" else int(owner) for owner in words[3:5])
        else:
            member.type, member.mode, member.linkname = tarfile.SYMTYPE, 0o777, words[6]
        yield member
