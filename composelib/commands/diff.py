"""`doit diff`: every difference between two composes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from composelib.archive.explain.compose_diff import (
    ComposeContents,
    Difference,
    ImageChange,
    SourceChange,
    compare_composes,
    read_contents,
)
from composelib.commands.shared.image_contents import (
    ComposeTree,
    compare_contents,
    format_contents,
    make_rows,
)
from composelib.commands.shared.published_trees import find_tree
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.engine.doit_variables import read_variable
from composelib.errors import ConfigError
from composelib.fetch.package_changelog import find_entries
from composelib.program import PROGRAM
from composelib.text.json_file import read_json
from composelib.text.size import format_size, format_size_change

ORDER = ("added", "removed", "upgraded", "downgraded", "changed")
DIFFERENT = 1
Changelogs = dict[str, list[str]]


class DiffCommand(Question):
    """Compares two composes."""

    name = "diff"
    doc_purpose = "compare two composes: packages, sizes, images; exit status 0 same, 1 different, 2 trouble"
    doc_usage = "A B [--contents] [--json] [--no-changelogs]"
    doc_description = (
        "A and B are each the path of a compose's tree, or the ID of a compose that was published."
        " With --contents the images that differ are opened (below TMPDIR): the files in them that differ, each with its cause."
    )
    cmd_options = (
        {"name": "as_json", "long": "json", "type": bool, "default": False, "help": "print JSON"},
        {
            "name": "contents",
            "long": "contents",
            "type": bool,
            "default": False,
            "help": "what differs inside the images, and why",
        },
        {
            "name": "changelogs",
            "long": "changelogs",
            "inverse": "no-changelogs",
            "type": bool,
            "default": True,
            "help": "changelog entries of what was upgraded, as far as B's tree has the packages",
        },
    )

    def answer(self, options: Options, words: list[str]) -> int:
        """Print the difference; return the exit status."""
        if len(words) != len(("A", "B")):
            raise ConfigError(f"{PROGRAM} diff: it takes two composes, A and B", f"see `{PROGRAM} help diff`")
        old, new = (open_compose(word, Path(read_variable("build", "build"))) for word in words)
        difference = compare_composes(old.metadata, new.metadata)
        logs = find_changelogs(new, difference) if options["changelogs"] else {}
        contents = compare_contents(old, new, difference) if options["contents"] else None
        if options["as_json"]:
            answer = as_json(old.metadata, new.metadata, difference, logs)
            inside = {"contents": make_rows(contents)} if contents is not None else {}
            print(json.dumps(answer | inside, indent=1, sort_keys=True))
        else:
            lines = (*format_difference(old.metadata, new.metadata, difference, logs), *format_contents(contents or []))
            print("\n".join(lines))
        return DIFFERENT if difference or contents else 0


def open_compose(text: str, build: Path) -> ComposeTree:
    """Read the compose that a path or a compose ID stands for. Raise ConfigError."""
    tree = find_tree(text, build)
    return ComposeTree(tree, read_metadata(tree, text))


def read_metadata(tree: Path, text: str) -> ComposeContents:
    """Read a compose's metadata. Raise ConfigError if it is not valid."""
    metadata = tree / "metadata"
    identity = tree / "COMPOSE_ID"
    try:
        debs = read_json(metadata / "debs.json")
        images = read_json(metadata / "images.json") if (metadata / "images.json").is_file() else None
        return read_contents(identity.read_text().strip() if identity.is_file() else text, debs, images)
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{metadata}: cannot be read: {type(error).__name__}: {error}", "make that compose again"
        ) from error


def find_changelogs(new: ComposeTree, difference: Difference) -> Changelogs:
    """Return the new entries of each upgraded source whose packages are in the new tree."""
    upgraded = [item for item in difference.sources if item.how == "upgraded"]
    logs = {item.source: find_entries(new.path, new.metadata, item.source, item.old[0]) for item in upgraded}
    return {source: blocks for source, blocks in logs.items() if blocks}


def as_json(old: ComposeContents, new: ComposeContents, difference: Difference, logs: Changelogs) -> dict[str, Any]:
    """Return the difference as a JSON object."""
    sources = [{**asdict(item), "changelog": logs.get(item.source, [])} for item in difference.sources]
    images = [{**asdict(item), "how": item.how} for item in difference.images]
    rest = {
        "moves": [asdict(item) for item in difference.moves],
        "variants": [asdict(item) for item in difference.targets],
    }
    return {"version": 1, "old": old.identity, "new": new.identity, "sources": sources, "images": images, **rest}


def format_difference(
    old: ComposeContents, new: ComposeContents, difference: Difference, logs: Changelogs
) -> Iterator[str]:
    """Yield the difference in lines for a person."""
    yield f"{old.identity} -> {new.identity}: {'different' if difference else 'the same'}"
    ordered = sorted(difference.sources, key=lambda item: ORDER.index(item.how))
    for how, items in groupby(ordered, key=lambda item: item.how):
        group = list(items)
        yield f"\n{len(group)} source package{'s' * (len(group) != 1)} {how}"
        for item in group:
            yield f"  {format_source(item)}"
            yield from (f"      {line}".rstrip() for entry in logs.get(item.source, []) for line in entry.splitlines())
    yield from format_section(
        "moved between variants", difference.moves, lambda item: f"{item.package}: {format_change(item.old, item.new)}"
    )
    yield from format_section("variants", difference.targets, format_target)
    yield from format_section("images", difference.images, format_image)


def format_section(title: str, items: tuple[Any, ...], format_item: Callable[[Any], str]) -> Iterator[str]:
    """Yield a title and a line for each item; nothing without items."""
    if items:
        yield f"\n{title}"
        yield from (f"  {format_item(item)}" for item in items)


def format_source(item: SourceChange) -> str:
    """Return the line of a source package."""
    binaries = f"; {' '.join(item.binaries)}" if item.binaries and item.how not in {"added", "removed"} else ""
    return f"{item.source} {format_change(item.old, item.new)} ({format_size_change(item.old_size, item.new_size)}){binaries}"


def format_change(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    """Return the change from one list to another as `OLD -> NEW`; only one of them if they are equal."""
    old_names, new_names = ", ".join(old), ", ".join(new)
    return old_names if old_names == new_names else " -> ".join(filter(None, (old_names, new_names)))


def format_target(item: Any) -> str:
    """Return the line of a variant's packages for an arch."""
    counts = (
        f"{item.old_count} -> {item.new_count} packages, {format_size(item.old_size)} -> {format_size(item.new_size)}"
    )
    return f"{item.variant}:{item.arch}: {counts} ({format_size_change(item.old_size, item.new_size)})"


def format_image(item: ImageChange) -> str:
    """Return the line of an image."""
    image = item.new or item.old
    old, new = item.old.size if item.old else 0, item.new.size if item.new else 0
    head = f"{item.variant}:{item.arch}: {Path(image.path).name}" if image else item.name
    if item.how != "changed":
        return f"{head}: {item.how}, {format_size(max(old, new))}"
    return f"{head}: other content, {format_size(old)} -> {format_size(new)} ({format_size_change(old, new)})"
