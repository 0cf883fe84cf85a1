"""Finds what no task of a compose makes: removes what earlier runs made, and names what nobody made."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from composelib.engine.claims import NOWHERE, Claims, claim_paths, find_unclaimed
from composelib.engine.exit_status import ManyError
from composelib.engine.schedule import unwrap_task
from composelib.engine.state_db import Records
from composelib.engine.walk import is_walked, walk_tree
from composelib.model.compose import Compose
from composelib.model.compose_id import is_compose_id
from composelib.model.paths import INDEX, LATEST
from composelib.model.repository_paths import TREE
from composelib.program import PROGRAM
from composelib.tree_list import describe_obstacle

LEFTOVER = r"(?P<folder>.*/)\.(?P<name>[^/]+?)(?:\.[0-9]+)?\.new"
"""What a killed task leaves beside the file it was writing (files.written_aside, Store.link)."""
TAKEN = ".taken"
"""The list of IDs that an earlier version kept beside the published composes."""
MOST_NAMED = 10
"""How many paths are named; the rest is counted."""


class Unclaimed(NamedTuple):
    """What no task of a compose makes, by paths relative to its folder; one that ends in `/` stands for all in it."""

    stale: tuple[str, ...]
    """What earlier runs made."""
    foreign: tuple[str, ...]
    """What no run made."""
    obstacles: tuple[str, ...] = ()
    """Where tasks have folders and something else is: through a link, they would write elsewhere. And, with `/` at the end,
    where they have files and a folder is that has something in it."""


def find_strays(compose: Compose, tasks: dict[str, Any], records: Records, *, remembers: bool = False) -> Unclaimed:
    """Return what no task makes any more, and what none ever made, in a compose's tree.

    If `remembers`, the records are written: a large tree without such files need not be walked again.
    """
    root = compose.paths.root
    ours = tuple(filter(None, map(unwrap_task, tasks.values())))
    if is_walked(records, root, ours):
        return Unclaimed((), ())
    claims = claim_paths(root, ours)
    unclaimed = walk_tree(records, root, ours, claims, remembers=remembers)
    if not unclaimed:
        return Unclaimed((), ())
    from composelib.engine.made import read_made  # noqa: PLC0415 - only if there are any

    return sort_strays(root, unclaimed, claims, read_made(records, root))


def sort_strays(root: Path, unclaimed: Iterable[str], claims: Claims, recorded: Claims) -> Unclaimed:
    """Tell what earlier runs made from what no run made; a folder that has both is entered."""
    stale, foreign = set[str](), set[str]()
    for path in unclaimed:
        if not is_from_run(path, claims, recorded):
            foreign.add(path)
            continue
        inner = find_unclaimed(root, recorded, path[:-1]) if path.endswith("/") else ()
        others = {file for file in inner if not is_from_run(file, claims, recorded)}
        foreign |= others
        stale |= {file for file in list_below(root, path) if is_from_run(file, claims, recorded)} if others else {path}
    parents = {os.path.dirname(path.rstrip("/")) for path in foreign}  # noqa: PTH120
    obstacles = (foreign & claims.folders) | {f"{path}/" for path in parents & claims.paths}
    return Unclaimed(tuple(sorted(stale)), tuple(sorted(foreign)), tuple(sorted(obstacles)))


def is_from_run(path: str, claims: Claims, recorded: Claims) -> bool:
    """Return whether an earlier run made a file or folder, or a killed task left it while it wrote another."""
    leftover = re.fullmatch(LEFTOVER, path)
    target = leftover["folder"] + leftover["name"] if leftover else path
    return recorded.has(path) or (target != path and (claims.has(target) or recorded.has(target)))


def list_below(root: Path, path: str) -> Iterator[str]:
    """Yield a file, or all files below a folder that ends in `/`; links are not followed."""
    if not path.endswith("/"):
        yield path
    for folder, _, names in os.walk(f"{root}/{path}") if path.endswith("/") else ():
        yield from (f"{folder.removeprefix(f'{root}/').rstrip('/')}/{name}" for name in names)


def sweep(compose: Compose, tasks: dict[str, Any], records: Records) -> Unclaimed:
    """Remove the records and files of tasks that no longer exist, and files that no task makes any more.

    Return what no task made, which stays.
    """
    from composelib.engine.made import forget_made, read_made  # noqa: PLC0415 - only if anything has run

    root = compose.paths.root
    claims = claim_paths(root, filter(None, map(unwrap_task, tasks.values())))
    recorded = read_made(records, root)
    strays = sort_strays(root, list(find_unclaimed(root, claims)), claims, recorded)
    gone = {path for path in recorded.paths - claims.paths if not path.startswith(f"{TREE}/")}
    remove_files(compose, [*(file for path in strays.stale for file in list_below(root, path)), *gone])
    remove_empty(
        root, [*recorded.folders, *(folder for path in strays.stale for folder in list_folders_below(root, path))]
    )
    for name in records.tasks.keys() - tasks.keys():
        records.remove(name)
    forget_made(records, (recorded.paths - claims.paths) | (recorded.patterns - claims.patterns))
    records.forget_digests()
    records.forget_sources()
    return Unclaimed((), strays.foreign)


def check_obstacles(compose: Compose, strays: Unclaimed) -> None:
    """Raise ManyError naming all that is in the way of what tasks make."""
    if strays.obstacles:
        raise ManyError([describe_obstacle(f"{compose.paths.root}/{path}") for path in strays.obstacles])


def remove_files(compose: Compose, paths: Iterable[str]) -> None:
    """Remove files below a compose's folder, but nothing that is reached through a link; the store's ledger stays true."""
    from composelib.fetch.store import open_store  # noqa: PLC0415 - only if something is to be removed

    files = [path for path in paths if is_file_within(compose.paths.root, path)]
    if files:
        store = open_store(compose.paths.store)
        with store.linking():
            for path in files:
                store.unlink(compose.paths.root / path)


def is_file_within(root: Path, path: str) -> bool:
    """Return whether a path, relative to a compose's folder, is a regular file in it that no link leads to."""
    if not NOWHERE.isdisjoint(path.split("/")):
        return False
    try:
        return stat.S_ISREG((root / path).lstat().st_mode) and not leads_through_link(root, path)
    except OSError:
        return False


def leads_through_link(root: Path, path: str) -> bool:
    """Return whether a link is on the way to a path, relative to a compose's folder."""
    return any((root / folder).is_symlink() for folder in list(Path(path).parents)[:-1])


def list_folders_below(root: Path, path: str) -> Iterator[str]:
    """Yield a folder, whose name ends in `/`, and all folders below it."""
    for folder, _, _ in os.walk(f"{root}/{path}") if path.endswith("/") else ():
        yield folder.removeprefix(f"{root}/").rstrip("/")


def remove_empty(root: Path, folders: Iterable[str]) -> None:
    """Remove those of the folders below a compose's folder that are empty, the innermost first."""
    for folder in sorted(set(folders), key=len, reverse=True):
        if not leads_through_link(root, folder):
            with suppress(OSError):
                (root / folder).rmdir()


def format_foreign(compose: Compose, strays: Unclaimed) -> Iterator[str]:
    """Yield a warning for each file that neither a run nor `doit publish` made, up to a number."""
    lines = [
        f"{compose.paths.root}/{path}: no task made it; move it away (publish refuses it)" for path in strays.foreign
    ]
    lines += (
        f"{path}: `{PROGRAM} publish` did not make it; move it away"
        for path in find_unpublished(compose.paths.published)
    )
    yield from lines[:MOST_NAMED]
    if len(lines) > MOST_NAMED:
        yield f"{compose.paths.root}: {len(lines) - MOST_NAMED} more files and folders that no task made"


def find_unpublished(published: Path) -> Iterator[str]:
    """Yield what is beside the published composes that is none of them, nor a link to the newest, nor left by a killed command."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(published) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if not is_published(entry):
                yield entry.path


def is_published(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry beside the published composes is one of them, a link to the newest, or the page about them."""
    name = re.sub(r"^\.(.+)\.(new|gone)$", r"\1", entry.name)
    if entry.is_symlink():
        return name.startswith(LATEST) and leads_beside(entry.path)
    return name == TAKEN or (is_compose_id(name) if entry.is_dir() else name == INDEX)


def leads_beside(link: str) -> bool:
    """Return whether a link leads to something in its own folder, if that is there."""
    target = str(Path(link).readlink())
    return "/" not in target and target not in NOWHERE
