"""What the state database remembers of a compose as a whole: its status, and the IDs that it has had."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.engine.digests import SETTLED, signature
from composelib.engine.memory import STATUS, recall, remember
from composelib.engine.seals import (
    forget_seal,
    list_sealed,
    read_statuses,
    relink_sealed,
    render_status,
    seal_tree,
)
from composelib.engine.state_db import Records
from composelib.model.compose import Compose
from composelib.model.compose_id import IdHistory

NAMING = "compose_id:name"
"""The task that gives the IDs."""


@dataclass(frozen=True)
class ComposeState:
    """A compose's status in a word, empty if it is not made, and its IDs."""

    status: str
    ids: IdHistory


def recall_state(compose: Compose) -> ComposeState:
    """Return what is remembered of a compose."""
    records = open_records(compose)
    return ComposeState(recall(records, STATUS), IdHistory.from_json(recall(records, NAMING)))


def take_id(compose: Compose, name: str) -> None:
    """Record that an ID must not be given again, even for the same content. The caller holds the lock."""
    with closing(open_records(compose)) as records:
        ids = change_ids(records, lambda ids: ids.spend(name))
        if ids.last.name == name:
            records.remove(NAMING)  # so that the next run gives another


def record_published(compose: Compose) -> None:
    """Record, before it is, that the last ID is published. The caller holds the lock."""
    with closing(open_records(compose)) as records:
        change_ids(records, IdHistory.publish)


def change_ids(records: Records, change: Callable[[IdHistory], IdHistory]) -> IdHistory:
    """Replace what is remembered of the IDs, and return it."""
    ids = change(IdHistory.from_json(recall(records, NAMING)))
    remember(records, NAMING, ids.to_json())
    return ids


def open_records(compose: Compose) -> Records:
    """Return the records of a compose."""
    records = Records(compose.paths.root / "state.sqlite", warn)
    records.read()
    return records


def warn(text: str) -> None:
    """Print a warning."""
    print(f"warning: {text}", file=sys.stderr)


def settle_published(
    compose: Compose,
    relinked: Mapping[Path, tuple[os.stat_result, os.stat_result]],
    folder: Path,
    sums: Mapping[str, str],
) -> None:
    """Let the next run believe files that got a link more, each with its status before and after; seal what is published.

    The caller holds the lock. Files whose digest was not that of the status before are read again. The store's ledger
    vouches for the members of tree lists.
    """
    with closing(open_records(compose)) as records:
        for path, (old_status, new_status) in relinked.items():
            entry = records.digests.entries.get(str(path))
            if entry is not None and entry[0] == signature(old_status):
                records.digests.entries[str(path)] = (signature(new_status), entry[1])
                records.digests.changed.add(str(path))
        refresh_trees(records)
        relink_sealed(
            records,
            compose.paths.published,
            {render_status(old_status): render_status(new_status) for old_status, new_status in relinked.values()},
        )
        seal_tree(records, folder, sums)


def seal_unsealed(compose: Compose, folder: Path) -> None:
    """Seal a verified tree, if it was published by a command that was killed before it did so. The caller holds the lock."""
    with closing(open_records(compose)) as records:
        if folder.name not in records.seals:
            seal_tree(records, folder, {})


def unseal_published(compose: Compose, name: str) -> None:
    """Forget the seal of a tree that is no longer published, and believe the files that lost their links in it.

    The caller holds the lock.
    """
    with closing(open_records(compose)) as records:
        forget_seal(records, name)
        refresh_trees(records)


def refresh_trees(records: Records) -> None:
    """Record the statuses of all members of tree lists: the store's ledger vouches for those whose links we changed."""
    time.sleep(SETTLED / 1e9)
    records.trees.used |= records.trees.entries.keys()
    records.trees.refresh()
    records.remember_digests()


def list_strays(compose: Compose, folders: Iterable[Path]) -> dict[Path, tuple[str, ...]]:
    """Return the files that were not published with published composes, by folder; those without any are left out."""
    records = open_records(compose)
    strays = {folder: tuple(find_unpublished_files(records, folder)) for folder in folders}
    return {folder: names for folder, names in strays.items() if names}


def find_unpublished_files(records: Records, folder: Path) -> list[str]:
    """Return the files of a published tree that its seal does not have; without a seal, those that its signed lists lack."""
    if folder.name in records.seals:
        return sorted(read_statuses(folder).keys() - list_sealed(records, folder.name))
    from composelib.verify.tree import list_foreign  # noqa: PLC0415 - few trees have no seal

    return list_foreign(folder)
