"""`doit prune`: removes old published composes, and files of the store that nothing names."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from composelib.commands import current_compose
from composelib.commands.publish import LATEST, take
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.engine.lock import held
from composelib.errors import ConfigError
from composelib.files import remove_tree
from composelib.model.compose import Compose
from composelib.model.paths import STORE
from composelib.text.size import shown

KEPT = 5  # published composes, if it is not said
ID = re.compile(r"[\w.+~-]+-(?P<day>\d{8})(?:\.[a-z]+)?\.(?P<respin>\d+)")
LEFT = re.compile(rf"\.({ID.pattern})\.(new|gone)")
"""What a publishing or pruning that was killed left behind."""
STORED = re.compile(r"[0-9a-f]{64}")


class Prune(Question):
    """Removes what is not needed any more."""

    name = "prune"
    doc_purpose = "remove old published composes and store files that nothing names"
    doc_usage = "[--keep=N] [--yes]"
    doc_description = "Says what it would remove; removes it with --yes. What it did not make it leaves alone."
    cmd_options = (
        {"name": "keep", "long": "keep", "type": int, "default": KEPT, "help": "published composes to keep"},
        {"name": "yes", "long": "yes", "short": "y", "type": bool, "default": False, "help": "do it"},
    )

    def answer(self, options: Options, words: list[str]) -> int:
        """Prune; gives the exit status."""
        if words or options["keep"] < 0:
            raise ConfigError("doit prune: only --keep=N and --yes can follow it", "doit help prune")
        compose = current_compose()
        if not compose.build.is_dir():
            print("nothing to remove")
            return 0
        with ExitStack() as locks:
            for lock in sorted({compose.paths.root / "lock", *compose.build.glob("*/lock")}):
                if lock.parent.is_dir():
                    locks.enter_context(held(lock, lock.parent / "work" / "tmp"))
            plan = planned(compose, options["keep"])
            print("\n".join(lines(plan, done=options["yes"])))
            if options["yes"]:
                carry_out(compose, plan)
        return 0


@dataclass(frozen=True)
class Plan:
    """What is to be removed: published composes, leftovers of killed commands, files of the store with their size."""

    composes: tuple[Path, ...]
    leftovers: tuple[Path, ...]
    stored: tuple[tuple[Path, int], ...]


def planned(compose: Compose, keep: int) -> Plan:
    """Find what can go: all published composes but the newest and `latest`, and what then nothing names."""
    old = outdated(compose.paths.published, keep)
    left = tuple(
        sorted(path for path in compose.paths.published.glob(".*") if LEFT.fullmatch(path.name) and path.is_dir())
    )
    links = Counter(inode(path) for folder in (*old, *left) for path in files_below(folder))
    named = fetched(compose.build)
    stored = [path for path in sorted((compose.build / STORE).glob("*/*")) if STORED.fullmatch(path.name)]
    unused = tuple(
        (path, path.stat().st_size)
        for path in stored
        if path.name not in named and path.lstat().st_nlink - links[inode(path)] <= 1
    )
    return Plan(old, left, unused)


def outdated(published: Path, keep: int) -> tuple[Path, ...]:
    """Return the published composes that are not among the newest, oldest first; `latest` always stays."""
    latest = (published / LATEST).resolve()
    ours = [path for path in published.glob("*") if is_ours(path)]
    ordered = sorted(ours, key=age)
    return tuple(path for path in ordered[: max(0, len(ordered) - keep)] if path.resolve() != latest)


def is_ours(path: Path) -> bool:
    """Return whether a folder is a published compose: it says so itself."""
    told = path / "COMPOSE_ID"
    return (
        ID.fullmatch(path.name) is not None
        and not path.is_symlink()
        and told.is_file()
        and told.read_text(errors="replace").strip() == path.name
    )


def age(path: Path) -> tuple[str, int, str]:
    """Return what sorts composes by age: the day and number in their names."""
    found = ID.fullmatch(path.name)
    return (found["day"], int(found["respin"]), path.name) if found else ("", 0, path.name)


def fetched(build: Path) -> set[str]:
    """Return the SHA256s of all package files that a compose of this checkout has fetched."""
    listings = build.glob("*/work/fetch/**/*.list")
    return {line.split(" ", 1)[0] for listing in listings for line in listing.read_text().splitlines()}


def files_below(folder: Path) -> Iterator[Path]:
    """Return all files below a folder."""
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names)


def inode(path: Path) -> tuple[int, int]:
    """Return what tells one file from another, whatever it is called."""
    status = path.lstat()
    return status.st_dev, status.st_ino


def lines(plan: Plan, *, done: bool) -> Iterator[str]:
    """Describe what is removed, or would be."""
    for path in (*plan.composes, *plan.leftovers):
        yield f"{'removing' if done else 'would remove'} {path}"
    if plan.stored:
        size = shown(sum(size for _, size in plan.stored))
        yield f"{'removing' if done else 'would remove'} {len(plan.stored)} files of the store, {size}"
    if not (plan.composes or plan.leftovers or plan.stored):
        yield "nothing to remove"
    elif not done:
        yield "nothing is removed yet: `doit prune --yes` does it"


def carry_out(compose: Compose, plan: Plan) -> None:
    """Remove what is planned. A compose is first renamed, so that no half of one is ever taken for one."""
    for path in plan.composes:
        take(compose, path.name)
        gone = path.with_name(f".{path.name}.gone")
        remove_tree(gone)
        path.rename(gone)
        remove_tree(gone)
    for path in plan.leftovers:
        remove_tree(path)
    for path, _ in plan.stored:
        path.unlink(missing_ok=True)
