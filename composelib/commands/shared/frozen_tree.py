"""Copies of a compose's tree that nothing changes any more: read-only, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.errors import ComposeError
from composelib.fetch.store import Store, sync
from composelib.files import copy_frozen, finish_copy, remove_tree, share_blocks

LARGE = 64 << 20
"""Bytes from which a file is linked, not copied, where the file system cannot share blocks."""
OBJECTS = ("ostree/repo/objects/", "ostree/repo/deltas/")
Relinked = dict[Path, tuple[os.stat_result, os.stat_result]]
"""Files that got a link more, each with its status before and after that."""


@dataclass
class FrozenTree:
    """A frozen copy of a tree: how much it holds, and which files it shares with it."""

    files: int = 0
    size: int = 0
    relinked: Relinked = field(default_factory=dict)


def freeze(
    tree: Path, target: Path, store: Store, pool: Mapping[str, str], add: Callable[[Path], None] = lambda _: None
) -> FrozenTree:
    """Copy a tree, whole or not at all; what is large becomes a link to the tree's file.

    Package files become links to the store: `pool` has their SHA256 by their path in the tree. `add` puts more into the
    copy, whose folder it gets, before that appears.
    """
    aside = target.with_name(f".{target.name}.new")
    remove_tree(aside)
    frozen = FrozenTree()
    try:
        with store.linking():
            for name in list_tree_files(tree):
                if not link_stored(store, pool.get(name, ""), aside / name):
                    freeze_file(tree, aside, name, frozen)
                frozen.files, frozen.size = frozen.files + 1, frozen.size + (aside / name).lstat().st_size
            add(aside)
        sync(aside)
        aside.rename(target)
    except BaseException:  # a signal, too: whatever ends it leaves no half tree, and is raised again
        remove_tree(aside)
        raise
    sync_folder(target.parent)
    return frozen


def list_tree_files(tree: Path) -> Iterator[str]:
    """Yield the files of a tree by their paths in it."""
    for folder, _, names in os.walk(tree):
        yield from (os.path.relpath(os.path.join(folder, name), tree) for name in names)  # noqa: PTH118 - 60 000 of them


def link_stored(store: Store, sha256: str, target: Path) -> bool:
    """Link a package file from the store; return whether it has it."""
    if not sha256:
        return False
    try:
        store.link(sha256, target)
    except ComposeError:  # it was made in another build folder, or is damaged there
        return False
    return True


def freeze_file(tree: Path, aside: Path, name: str, frozen: FrozenTree) -> None:
    """Copy or link one file of the tree."""
    source, target = tree / name, aside / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shared = name.startswith(OBJECTS) or source.lstat().st_size >= LARGE
    if not shared or not link_large(source, target, frozen):
        copy_frozen(source, target)


def link_large(source: Path, target: Path, frozen: FrozenTree) -> bool:
    """Share a file's blocks or else the file; return whether that is possible."""
    if share_blocks(source, target):
        finish_copy(source, target)
        return True
    before = source.lstat()
    try:
        os.link(source, target)
    except OSError:  # another file system, or too many links to it
        return False
    frozen.relinked[source] = (before, source.lstat())
    return True


def sync_folder(folder: Path) -> None:
    """Write the entries of a folder to disk (fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
