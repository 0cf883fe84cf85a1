"""Copy a commit out of the released repository, which stays as it is.

`ostree pull-local` would make hard links to the released files: their times would change, now and whenever those of the
copy are set.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from composelib.tools import ostree
from composelib.tools.run import run

ENTRY = re.compile(rb"^([-dl])\d{5} +\d+ +\d+ +\d+ ([0-9a-f]{64})(?: ([0-9a-f]{64}))? /", re.MULTILINE)
"""An entry as `ostree ls --checksum` prints it: its kind, the checksum of its content, that of a folder's metadata."""


def copy_commit(source: Path, target: Path, commit: str) -> None:
    """Make a repository of a commit alone, with its signatures, and check the checksum of each of its objects."""
    target.mkdir(parents=True)
    run(ostree.init(target))
    listed = run(ostree.list_tree(source, commit), capture=True).stdout
    names = {ostree.object_path(commit, kind) for kind in ("commit", "commitmeta")}
    for name in names.union(list_objects(listed)):
        (target / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(source / name, target / name)
    run(ostree.check_objects(target))


def list_objects(listed: bytes) -> Iterator[str]:
    """Yield the paths of the objects of a commit's tree within its repository; `listed` is what list_tree printed."""
    for match in ENTRY.finditer(listed):
        kind, content, metadata = (group.decode() for group in match.groups(b""))
        yield ostree.object_path(content, "dirtree" if kind == "d" else "filez")
        if kind == "d":
            yield ostree.object_path(metadata, "dirmeta")
