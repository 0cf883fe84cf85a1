"""The tree of a bootable container of a commit: /etc is at its usual path, and /var has its folders and links."""

from __future__ import annotations

import shlex
import tarfile
from collections.abc import Iterator

from composelib.image.root.tar import normalize_path

ETC = "usr/etc"


def map_path(member: tarfile.TarInfo) -> str:
    """Return the path that a commit's member has in a container: /usr/etc is /etc there."""
    name = normalize_path(member.name)
    if name == ETC or name.startswith(f"{ETC}/"):
        return name.removeprefix("usr/")
    return name


def list_var(tmpfiles: str) -> Iterator[tarfile.TarInfo]:
    """Yield the folders and links of /var that lines of tmpfiles.d(5) make, but not the files they copy."""
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
