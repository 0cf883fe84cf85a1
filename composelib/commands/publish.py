"""`doit publish`: freezes the finished compose under its ID, then moves `latest` to it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from composelib.commands.shared import tree_check
from composelib.commands.shared.command_line import format_call, load_current_compose
from composelib.commands.shared.published import ComposeState, recall_state, record_published, take_id
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.engine.ownership import hold_compose
from composelib.errors import ComposeError, ConfigError
from composelib.files import remove_tree
from composelib.model.compose import Compose
from composelib.model.compose_id import is_compose_id
from composelib.text.size import format_size

FINISHED = {"FINISHED", "FINISHED_INCOMPLETE"}
MAX_PROBLEMS = 20  # reported problems; the rest is counted


class PublishCommand(Question):
    """Publishes a compose."""

    name = "publish"
    doc_purpose = "freeze the finished compose under its ID, then move `latest` to it"
    doc_usage = ""
    doc_description = (
        "Verifies every signature and checksum first. Files are hard links: a later run writes new files and so changes "
        "nothing that is published. Publishing the same compose again does nothing."
    )
    cmd_options = ()

    def answer(self, options: Options, words: list[str]) -> int:  # noqa: ARG002 - it has none
        """Publish the compose; return the exit status."""
        if words:
            raise ConfigError(f"doit publish: {words[0]}: it takes no arguments", "compose=NAME names another compose")
        compose = load_current_compose()
        if not compose.paths.root.is_dir():
            raise ComposeError(f"{compose.name}: it is not made yet", f"run `{format_call(compose)}` first")
        with hold_compose(compose):
            print(publish(compose))
        return 0


def publish(compose: Compose) -> str:
    """Publish a compose and return a line for the user. Raise ComposeError if it is not finished or not in order."""
    state = recall_state(compose)
    check_finished(compose, state)
    name = state.ids.last.name
    target = compose.paths.published / name
    if target.exists():
        if differ(compose.paths.tree, target):
            take_id(compose, name)
            raise ComposeError(
                f"{target}: it is already published, with different content",
                f"run `{format_call(compose)}` again: its ID gets the next number",
            )
        point_symlink(compose.paths.latest, name)
        return f"{name}: it is already published"
    record_published(compose)
    files, size = freeze(compose.paths.tree, target)
    point_symlink(compose.paths.latest, name)
    return f"{name}: published, {files} files, {format_size(size)}: {target}"


def check_finished(compose: Compose, state: ComposeState) -> None:
    """Check that the compose is finished, as the state has it, and in order. Raise ComposeError."""
    if state.status not in FINISHED:
        raise ComposeError(
            f"{compose.name}: {state.status or 'not made yet'}: only a finished compose can be published",
            f"run `{format_call(compose)}` first",
        )
    problems = [*check_words(compose, state), *tree_check.find_problems(compose)]
    if problems:
        more = [f"… and {len(problems) - MAX_PROBLEMS} more"] if len(problems) > MAX_PROBLEMS else []
        lines = "".join(f"\n  {line}" for line in [*problems[:MAX_PROBLEMS], *more])
        raise ComposeError(
            f"{compose.name}: not everything is in order:{lines}\n", f"run `{format_call(compose)}` again"
        )


def check_words(compose: Compose, state: ComposeState) -> Iterator[str]:
    """Yield which of the files that only repeat what the state has say something else."""
    name = state.ids.last.name
    if not is_compose_id(name):
        yield f"{compose.paths.root / 'state.sqlite'}: has no ID for the compose"
    for path, word in ((compose.paths.compose_id, name), (compose.paths.status, state.status)):
        if not path.is_file() or path.read_bytes() != f"{word}\n".encode():
            yield f"{path}: is not {word}, as it was made"


def freeze(tree: Path, target: Path) -> tuple[int, int]:
    """Copy a tree by hard links, whole or not at all; return the number of files and bytes."""
    aside = target.with_name(f".{target.name}.new")
    remove_tree(aside)
    files = size = 0
    for folder, folders, names in os.walk(tree):
        copy = aside / Path(folder).relative_to(tree)
        copy.mkdir(parents=True)
        for name in (*names, *(name for name in folders if Path(folder, name).is_symlink())):
            link_or_copy(Path(folder, name), copy / name)
            files, size = files + 1, size + (copy / name).lstat().st_size
    sync_folder(aside)
    aside.rename(target)
    sync_folder(target.parent)
    return files, size


def link_or_copy(source: Path, target: Path) -> None:
    """Link a file or symlink to a second path, or copy it."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another file system, or too many links to it
        shutil.copy2(source, target, follow_symlinks=False)


def sync_folder(folder: Path) -> None:
    """Write the entries of a folder to disk (fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def point_symlink(link: Path, name: str) -> None:
    """Point the symlink at its sibling `name`, atomically."""
    if link.is_symlink() and link.readlink() == Path(name):
        return
    aside = link.with_name(f".{link.name}.new")
    aside.unlink(missing_ok=True)
    aside.symlink_to(name)
    aside.replace(link)


def differ(tree: Path, published: Path) -> bool:
    """Return whether two trees differ in any file."""
    tree_files, published_files = set(list_files(tree)), set(list_files(published))
    return tree_files != published_files or any(not is_same_file(tree / path, published / path) for path in tree_files)


def list_files(tree: Path) -> Iterator[Path]:
    """Yield the files and symlinks of a tree by their paths in it."""
    for folder, folders, names in os.walk(tree):
        links = (name for name in folders if Path(folder, name).is_symlink())
        yield from (Path(folder, name).relative_to(tree) for name in (*names, *links))


def is_same_file(first: Path, second: Path) -> bool:
    """Return whether two paths are the same file, or have the same content."""
    if os.path.samestat(first.lstat(), second.lstat()):
        return True
    if first.is_symlink() or second.is_symlink():
        return first.is_symlink() and second.is_symlink() and first.readlink() == second.readlink()
    return first.stat().st_size == second.stat().st_size and hash_file(first) == hash_file(second)


def hash_file(path: Path) -> bytes:
    """Return the SHA256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
