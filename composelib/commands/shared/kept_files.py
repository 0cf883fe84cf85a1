"""What a published tree keeps of the one published before it, so that a client with its lists finds its files."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from composelib.commands.shared.frozen_tree import link_stored
from composelib.dataclass import dataclass
from composelib.errors import TrustError
from composelib.fetch.store import MODE, Store
from composelib.files import copy_frozen, sha256_of, write_file
from composelib.verify.inventory import ExpectedSum, take_inventory
from composelib.verify.kept import KEPT, SIGNATURE
from composelib.verify.repositories import check_repositories
from composelib.verify.signatures import KEY, open_key
from composelib.verify.sums import BY_HASH

VERSION = 1


@dataclass(frozen=True)
class KeptFiles:
    """The files to keep, by their paths, and the published tree that has them."""

    former: Path
    files: Mapping[str, ExpectedSum]


def find_kept(former: Path, present: Mapping[str, ExpectedSum]) -> KeptFiles:
    """Return the package files and indices that a former tree's signed lists name and `present` does not have."""
    if not former.is_dir():
        return KeptFiles(former, {})
    inventory = take_inventory(former)
    try:
        with open_key(former / KEY) as checker:
            check_repositories(inventory, checker)
    except TrustError as error:
        print(f"warning: {error}: nothing of it is kept for its clients", file=sys.stderr)
    named = {path: listed for path, listed in inventory.listed.items() if "/repo/pool/" in path or BY_HASH in path}
    return KeptFiles(former, {path: listed for path, listed in sorted(named.items()) if path not in present})


def put_kept(kept: KeptFiles, target: Path, store: Store) -> bytes:
    """Put the kept files into a tree; return the text of their list, empty if there are none."""
    rows = [
        {"path": path, "sha256": listed.sha256, "size": (target / path).stat().st_size}
        for path, listed in kept.files.items()
        if put_kept_file(kept.former / path, target / path, listed.sha256, store)
    ]
    content = {"version": VERSION, "published": kept.former.name, "files": rows}
    return (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode() if rows else b""


def put_kept_file(source: Path, target: Path, sha256: str, store: Store) -> bool:
    """Link or copy a file; return False, after a warning, if it is damaged."""
    if "/repo/pool/" in str(target) and link_stored(store, sha256, target):
        return True
    if not source.is_file() or sha256_of(source) != sha256:
        print(f"warning: {source}: is damaged, so it is not kept for clients", file=sys.stderr)
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    copy_frozen(source, target)
    return True


def write_list(target: Path, text: bytes, signature: bytes) -> None:
    """Write the list of kept files and its signature."""
    for name, content in ((KEPT, text), (SIGNATURE, signature)):
        write_file(target / name, content)
        (target / name).chmod(MODE)
