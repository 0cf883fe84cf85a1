"""What differs inside the images of two composes, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from composelib.archive.explain.compose_diff import ComposeContents, Difference, ImageChange, ImageRow
from composelib.contents.artifact import FileState
from composelib.contents.causes import Cause, ImageHistory, explain_change, group_by_cause
from composelib.contents.changes import FileChange, compare_image_files
from composelib.contents.evidence import read_evidence
from composelib.contents.openers import UNREADABLE
from composelib.contents.system_commits import OSTREE, compare_commits, list_moved_commits
from composelib.dataclass import dataclass
from composelib.preflight import silence
from composelib.text.size import format_size, format_size_change

SHOWN = 10
"""How many files of a cause are printed."""
OF_ONE_DISK = ("disk", "root")
"""Kinds of images whose files are one disk or root in several formats: one of them is opened."""
DESCRIPTIONS = (".jigdo", ".template")
"""Suffixes of files that describe an image."""


@dataclass(frozen=True)
class ComposeTree:
    """The path of a compose's tree, and the packages and images in it."""

    path: Path
    metadata: ComposeContents


@dataclass(frozen=True)
class ImageContents:
    """The files that differ inside an image, each with its cause; `fault` says why it could not be opened."""

    variant: str
    arch: str
    name: str
    path: str
    files: tuple[tuple[FileChange, Cause], ...]
    fault: str = ""


def compare_contents(old: ComposeTree, new: ComposeTree, difference: Difference) -> list[ImageContents]:
    """Open all images that both composes have and that differ; return what differs in them. Raise ConfigError."""
    with TemporaryDirectory() as folder, silence():
        pairs = [*choose_images(difference.images), *list_moved_commits(old.path, new.path)]
        return [compare_pair(old, new, pair, Path(folder)) for pair in pairs]


def choose_images(images: tuple[ImageChange, ...]) -> Iterator[tuple[ImageRow, ImageRow]]:
    """Yield the images to open: of a disk or root in several formats the first one."""
    seen = set()
    for image in images:
        if image.old is None or image.new is None or image.new.path.endswith(DESCRIPTIONS):
            continue
        key = (image.variant, image.arch, image.name)
        if image.new.kind not in OF_ONE_DISK or key not in seen:
            yield image.old, image.new
        seen.add(key)


def compare_pair(old: ComposeTree, new: ComposeTree, rows: tuple[ImageRow, ImageRow], folder: Path) -> ImageContents:
    """Return what differs inside an image or a commit."""
    first, second = rows
    history = read_history(old, new, rows)
    head = (second.variant, second.arch, second.name, second.path)
    try:
        if second.kind == OSTREE:
            changes = list(compare_commits((old.path, first.sha256), (new.path, second.sha256)))
        else:
            changes = list(compare_image_files(old.path / first.path, new.path / second.path, folder))
    except UNREADABLE as error:
        return ImageContents(*head, (), f"cannot be opened: {error}")
    return ImageContents(*head, tuple((change, explain_change(change, history)) for change in changes))


def read_history(old: ComposeTree, new: ComposeTree, rows: tuple[ImageRow, ImageRow]) -> ImageHistory:
    """Return what two composes record of an image."""
    sides = zip((old, new), rows, strict=True)
    return ImageHistory(*(read_evidence(side.path, side.metadata, row) for side, row in sides))


def make_rows(images: list[ImageContents]) -> list[dict[str, Any]]:
    """Return the differences for JSON."""
    return [
        {
            **{key: getattr(image, key) for key in ("variant", "arch", "name", "path", "fault")},
            "files": [{**asdict(change), "how": change.how, "cause": asdict(cause)} for change, cause in image.files],
        }
        for image in images
    ]


def format_contents(images: list[ImageContents]) -> Iterator[str]:
    """Yield the differences in lines for a person: by image, by cause."""
    if images:
        yield "\ninside the images"
    for image in images:
        count = image.fault or f"{len(image.files)} file{'s' * (len(image.files) != 1)} differ"
        yield f"  {image.variant}:{image.arch}: {image.name}, {image.path}: {count}"
        for cause, changes in group_by_cause(image.files).items():
            yield f"    {cause.text}{f'; {cause.reason}' if cause.reason else ''}"
            yield from (f"      {change.how:<7} {format_change(change)}" for change in changes[:SHOWN])
            if len(changes) > SHOWN:
                yield f"      … and {len(changes) - SHOWN} more (--json has all)"


def format_change(change: FileChange) -> str:
    """Return a file with what differs about it."""
    path = ": ".join((*change.within, change.path))
    if not (change.old and change.new):
        state = change.new or change.old
        return f"{path} ({format_size(state.size)})" if state and state.size else path
    return f"{path}: {', '.join(describe_difference(change.old, change.new))}"


def describe_difference(old: FileState, new: FileState) -> Iterator[str]:
    """Yield what differs between two states of a file."""
    if old.kind != new.kind:
        yield f"{old.kind} -> {new.kind}"
    if old.mode != new.mode:
        yield f"mode {old.mode:04o} -> {new.mode:04o}"
    if old.owner != new.owner:
        yield f"owner {old.owner[0]}:{old.owner[1]} -> {new.owner[0]}:{new.owner[1]}"
    if old.size != new.size:
        yield f"{format_size(old.size)} -> {format_size(new.size)} ({format_size_change(old.size, new.size)})"
    elif old.content != new.content:
        is_shown = {old.kind, new.kind} <= {"link", "setting"}
        yield f"{old.content} -> {new.content}" if is_shown else "other content"
