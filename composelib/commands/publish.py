"""`doit publish`: freezes the finished compose under its ID, then moves `latest` to it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from composelib.commands import current_compose
from composelib.commands.shared import tree_check
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.engine.lock import held
from composelib.errors import ComposeError, ConfigError
from composelib.files import remove_tree, write
from composelib.model.compose import Compose
from composelib.text.size import shown

FINISHED = {"FINISHED", "FINISHED_INCOMPLETE"}
LATEST = "latest"
TOLD = 20  # problems that are told; more are counted


class Publish(Question):
    """Publishes a compose."""

    name = "publish"
    doc_purpose = "freeze the finished compose under its ID, then move `latest` to it"
    doc_usage = ""
    doc_description = (
        "Verifies every signature and checksum first. Files are hard links: a later run writes new ones and so changes "
        "nothing that is published. Publishing the same compose again does nothing."
    )
    cmd_options = ()

    def answer(self, options: Options, words: list[str]) -> int:  # noqa: ARG002 - it has none
        """Publish; gives the exit status."""
        if words:
            raise ConfigError(f"doit publish: {words[0]}: nothing is named after it", "doit compose=NAME publish")
        compose = current_compose()
        if not compose.paths.root.is_dir():
            raise ComposeError(f"{compose.name}: is not made yet", "run doit first")
        with held(compose.paths.root / "lock", compose.paths.root / "work" / "tmp"):
            print(publish(compose))
        return 0


def publish(compose: Compose) -> str:
    """Publish a compose; gives a line for the user. Raise ComposeError if it is not finished or not in place."""
    check(compose)
    name = compose.paths.compose_id.read_text().strip()
    target = compose.paths.published / name
    if target.exists():
        if different(compose.paths.tree, target):
            take(compose, name)
            raise ComposeError(
                f"{target}: is published already, with another content", "run doit again: it gives the next number"
            )
        point(compose.paths.published / LATEST, name)
        return f"{name}: is published already"
    files, size = freeze(compose.paths.tree, target)
    point(compose.paths.published / LATEST, name)
    return f"{name}: published, {files} files, {shown(size)}: {target}"


def check(compose: Compose) -> None:
    """See that the compose is finished and everything in place. Raise ComposeError."""
    status = compose.paths.status.read_text().strip() if compose.paths.status.exists() else "not made yet"
    if status not in FINISHED:
        raise ComposeError(f"{compose.name}: {status}: only a finished compose can be published", "run doit first")
    found = tree_check.problems(compose)
    if found:
        more = [f"… and {len(found) - TOLD} more"] if len(found) > TOLD else []
        listed = "".join(f"\n  {line}" for line in [*found[:TOLD], *more])
        raise ComposeError(f"{compose.name}: not everything is in place:{listed}\n", "run doit again")


def freeze(tree: Path, target: Path) -> tuple[int, int]:
    """Let a tree be there a second time, by hard links, whole or not at all; gives how many files and bytes."""
    aside = target.with_name(f".{target.name}.new")
    remove_tree(aside)
    files = size = 0
    for folder, below, names in os.walk(tree):
        to = aside / Path(folder).relative_to(tree)
        to.mkdir(parents=True)
        for name in (*names, *(name for name in below if Path(folder, name).is_symlink())):
            same(Path(folder, name), to / name)
            files, size = files + 1, size + (to / name).lstat().st_size
    synced(aside)
    aside.rename(target)
    synced(target.parent)
    return files, size


def same(source: Path, target: Path) -> None:
    """Let a file or link be there a second time."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another file system, or too many links to it
        shutil.copy2(source, target, follow_symlinks=False)


def synced(folder: Path) -> None:
    """Have the disk know what is in a folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def point(link: Path, name: str) -> None:
    """Let a link lead to a name beside it, at no time to nothing."""
    if link.is_symlink() and link.readlink() == Path(name):
        return
    aside = link.with_name(f".{link.name}.new")
    aside.unlink(missing_ok=True)
    aside.symlink_to(name)
    aside.replace(link)


def take(compose: Compose, name: str) -> None:
    """Record that an ID must not be given again."""
    taken = set(compose.paths.taken.read_text().split()) if compose.paths.taken.exists() else set()
    write(compose.paths.taken, "".join(f"{each}\n" for each in sorted(taken | {name})))


def different(tree: Path, other: Path) -> bool:
    """Return whether two trees differ in any file."""
    ours, theirs = set(below(tree)), set(below(other))
    return ours != theirs or any(not alike(tree / path, other / path) for path in ours)


def below(tree: Path) -> Iterator[Path]:
    """Return the files and links of a tree by their paths in it."""
    for folder, folders, names in os.walk(tree):
        links = (name for name in folders if Path(folder, name).is_symlink())
        yield from (Path(folder, name).relative_to(tree) for name in (*names, *links))


def alike(one: Path, other: Path) -> bool:
    """Return whether two files are the same, or have the same content."""
    if os.path.samestat(one.lstat(), other.lstat()):
        return True
    if one.is_symlink() or other.is_symlink():
        return one.is_symlink() and other.is_symlink() and one.readlink() == other.readlink()
    return one.stat().st_size == other.stat().st_size and digest(one) == digest(other)


def digest(path: Path) -> bytes:
    """Return the SHA256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
