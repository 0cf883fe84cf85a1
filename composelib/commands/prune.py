"""`doit prune`: removes old published composes, and files of the store that nothing refers to."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import field, replace
from errno import ENOSPC
from pathlib import Path

from composelib.commands.shared.command_line import load_current_compose
from composelib.commands.shared.published import list_strays, take_id, unseal_published
from composelib.commands.shared.published_index import write_published_index
from composelib.commands.shared.published_trees import list_trees
from composelib.commands.shared.question import Question
from composelib.commands.shared.store_use import STORE_NAME, drop_records, list_used
from composelib.config.checks.build_folder import is_compose
from composelib.dataclass import dataclass
from composelib.engine.doit_commands import Options
from composelib.engine.latest_links import list_linked
from composelib.engine.lock import hold_lock
from composelib.engine.ownership import check_owner
from composelib.errors import ConfigError, MachineError
from composelib.fetch.store import open_store
from composelib.files import remove_tree
from composelib.model.compose import Compose
from composelib.model.compose_id import ID
from composelib.model.paths import STORE
from composelib.program import PROGRAM
from composelib.text.size import format_size

DEFAULT_KEEP = 5  # published composes
LEFTOVER = re.compile(rf"\.(?P<name>{ID.pattern})\.(?P<kind>new|gone)")
"""A folder that a killed `doit publish` or `doit prune` left."""
MOST_NAMED = 5
"""How many files are named that nobody published; the rest is counted."""


class PruneCommand(Question):
    """Removes what is not needed any more."""

    name = "prune"
    doc_purpose = "remove old published composes and store files that nothing refers to"
    doc_usage = "[--keep=N] [--yes]"
    doc_description = (
        "Shows what it would remove; removes it with --yes. Only published composes and the store are touched."
    )
    cmd_options = (
        {"name": "keep", "long": "keep", "type": int, "default": DEFAULT_KEEP, "help": "published composes to keep"},
        {"name": "yes", "long": "yes", "short": "y", "type": bool, "default": False, "help": "remove it"},
    )

    def answer(self, options: Options, words: list[str]) -> int:
        """Prune; return the exit status."""
        if words or options["keep"] < 0:
            raise ConfigError(f"{PROGRAM} prune: it takes only --keep=N and --yes", f"see `{PROGRAM} help prune`")
        compose = load_current_compose()
        if not compose.build.is_dir():
            print("nothing to remove")
            return 0
        check_owner(compose)
        if not options["yes"]:
            print("\n".join(format_plan(make_plan(compose, options["keep"]), done=False)))
            return 0
        with ExitStack() as locks:
            locks.enter_context(hold_lock(compose.paths.root / "lock", compose.paths.work("tmp")))
            busy = lock_others(compose, locks)
            plan = make_plan(compose, options["keep"])
            if busy:
                plan = replace(plan, stored=())
                print(f"the store is left alone: {busy}")
            print("\n".join(format_plan(plan, done=True)))
            carry_out(compose, plan)
            write_published_index(compose.paths.published)
            if not busy:
                drop_records(compose.paths)
        return 0


def lock_others(compose: Compose, locks: ExitStack) -> str:
    """Take the locks of the other composes of the build folder, whose runs may need any file of the store.

    Return why that is not possible, empty if it is.
    """
    for lock in sorted({*compose.build.glob("*/lock")} - {compose.paths.root / "lock"}):
        if not is_compose(lock.parent):
            continue
        try:
            locks.enter_context(hold_lock(lock, lock.parent / "work" / "tmp"))
        except MachineError as error:
            return error.message
    return ""


@dataclass(frozen=True)
class PrunePlan:
    """What is to be removed: published composes, leftovers of killed commands, files of the store with their sizes."""

    composes: tuple[Path, ...]
    leftovers: tuple[Path, ...]
    stored: tuple[tuple[Path, int], ...]
    strays: dict[Path, tuple[str, ...]] = field(default_factory=dict)
    """The files, in published composes that would be removed without them, that we did not publish."""


def make_plan(compose: Compose, keep: int) -> PrunePlan:
    """Find what can be removed: published composes but the newest and `latest`, leftovers, unused files of the store."""
    outdated = list_outdated(compose.paths.published, keep)
    leftovers = tuple(
        sorted(path for path in compose.paths.published.glob(".*") if LEFTOVER.fullmatch(path.name) and path.is_dir())
    )
    strays = list_strays(compose, outdated)
    old = tuple(path for path in outdated if path not in strays)
    links = Counter(get_inode(path) for folder in (*old, *leftovers) for path in list_files_below(folder))
    stored = [path for path in sorted((compose.build / STORE).glob("*/*")) if STORE_NAME.fullmatch(path.name)]
    used = list_used(compose.build, old) if stored else frozenset()
    unused = tuple(
        (path, path.stat().st_size)
        for path in stored
        if path.name not in used and path.lstat().st_nlink - links[get_inode(path)] <= 1
    )
    return PrunePlan(old, leftovers, unused, strays)


def list_outdated(published: Path, keep: int) -> tuple[Path, ...]:
    """Return the published composes that are not among the newest `keep`, oldest first; those that a link leads to always stay."""
    linked = list_linked(published)
    ordered = list_trees(published)
    return tuple(path for path in ordered[: max(0, len(ordered) - keep)] if path.resolve() not in linked)


def list_files_below(folder: Path) -> Iterator[Path]:
    """Yield all files below a folder."""
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names)


def get_inode(path: Path) -> tuple[int, int]:
    """Return the device and inode number of a file, which all its hard links share."""
    status = path.lstat()
    return status.st_dev, status.st_ino


def format_plan(plan: PrunePlan, *, done: bool) -> Iterator[str]:
    """Yield what is removed, or would be."""
    for path in (*plan.composes, *plan.leftovers):
        yield f"{'removing' if done else 'would remove'} {path}"
    for path, names in plan.strays.items():
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        yield f"leaving {path} alone: `{PROGRAM} publish` did not put {', '.join(names[:MOST_NAMED])}{more} there; move that away"
    if plan.stored:
        size = format_size(sum(size for _, size in plan.stored))
        yield f"{'removing' if done else 'would remove'} {len(plan.stored)} files of the store, {size}"
    if not (plan.composes or plan.leftovers or plan.stored):
        yield "nothing to remove"
    elif not done:
        yield "nothing is removed yet: add --yes to remove it"


def carry_out(compose: Compose, plan: PrunePlan) -> None:
    """Remove what is planned, files of the store first: on a full disk, nothing else can be written before.

    A compose is renamed, so that a half-removed one is never taken for a compose, and its ID is recorded as spent before
    the last of it goes.
    """
    for path, _ in plan.stored:
        path.unlink(missing_ok=True)
    for path in plan.composes:
        aside = path.with_name(f".{path.name}.gone")
        remove_tree(aside)
        path.rename(aside)
    asides = (path.with_name(f".{path.name}.gone") for path in plan.composes)
    for path in (*plan.leftovers, *asides):
        unlink_stored(compose, path)
        remove_leftover(compose, path)


def unlink_stored(compose: Compose, folder: Path) -> None:
    """Remove the links to files of the store in a folder, so that the store's ledger stays true."""
    store = open_store(compose.paths.store)
    try:
        with store.linking():
            for path in list_files_below(folder):
                if "/repo/pool/" in str(path):
                    store.unlink(path)
    except OSError as error:
        if error.errno != ENOSPC:  # then the ledger is not written, and the files are hashed when they are used
            raise


def remove_leftover(compose: Compose, path: Path) -> None:
    """Remove the rest of a published compose, or of one that was not published to its end."""
    for entry in path.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            remove_tree(entry)
        else:
            entry.unlink()
    match = LEFTOVER.fullmatch(path.name)
    if match and match["kind"] == "gone":
        take_id(compose, match["name"])
        unseal_published(compose, match["name"])
    path.rmdir()
