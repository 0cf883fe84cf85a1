"""Which tasks of a compose answer for each file in its tree."""

from __future__ import annotations

import re
from collections import defaultdict

from composelib.engine.claims import list_claimed
from composelib.model.compose import Compose
from composelib.stages import stages

WATCHED = re.compile(r"ostree:(?!repository$).*|checksum:ostree")
"""Tasks whose lists name files of the OSTree repository, so that a change is seen; `ostree:repository` answers for them."""
SHARED = re.compile(r"compose/(?P<variant>[^/]+)/repo/pool/.*_all\.u?deb")
"""Package files for all arches, for which the repository task of each arch that has them answers."""


def find_misowned(compose: Compose) -> list[str]:
    """Return the files for which not exactly one task answers, with the tasks."""
    owners = list_owners(compose)
    files = (path for path in compose.paths.tree.rglob("*") if not path.is_dir())
    names = (str(path.relative_to(compose.paths.root)) for path in files)
    return sorted(f"{name}: {sorted(owners[name])}" for name in names if not is_owned_once(name, owners[name]))


def list_owners(compose: Compose) -> defaultdict[str, set[str]]:
    """Return the names of the tasks that claim each file."""
    owners = defaultdict[str, set[str]](set)
    for stage in stages(compose):
        for task in stage.tasks:
            for path in list_claimed(compose.paths.root, task):
                owners[path].add(f"{stage.name}:{task.name}")
    return owners


def is_owned_once(name: str, owners: set[str]) -> bool:
    """Return whether one task answers for a file, or for a package of all arches its repository's tasks; STATUS is the engine's."""
    shared = SHARED.fullmatch(name)
    if shared and owners:
        return all(owner.startswith(f"createrepo:{shared['variant']}:") for owner in owners)
    if name.startswith("compose/ostree/repo/"):
        owners = {owner for owner in owners if not WATCHED.fullmatch(owner)}
    return len(owners) == (name != "compose/STATUS")
