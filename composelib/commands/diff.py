"""`doit diff`: every difference between two composes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from composelib.archive.explain.compose_diff import Contents, Difference, ImageChange, SourceChange, compare, contents
from composelib.commands.shared.changelogs import entries
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.engine.doit_variables import read_variable
from composelib.errors import ConfigError
from composelib.text.size import change, shown

ORDER = ("added", "removed", "upgraded", "downgraded", "changed")
DIFFERENT = 1
Changelogs = dict[str, list[str]]


class Diff(Question):
    """Compares two composes."""

    name = "diff"
    doc_purpose = "compare two composes: packages, sizes, images; exit status 0 same, 1 different, 2 trouble"
    doc_usage = "A B [--json] [--no-changelogs]"
    doc_description = "A and B are compose trees, published ones, or compose IDs below build/*/published."
    cmd_options = (
        {"name": "as_json", "long": "json", "type": bool, "default": False, "help": "print JSON"},
        {
            "name": "changelogs",
            "long": "changelogs",
            "inverse": "no-changelogs",
            "type": bool,
            "default": True,
            "help": "changelog entries of what was upgraded, where B's packages are at hand",
        },
    )

    def answer(self, options: Options, words: list[str]) -> int:
        """Print the difference; gives the exit status."""
        if len(words) != len(("A", "B")):
            raise ConfigError("doit diff: two composes are wanted, A and B", "doit help diff")
        old, new = (opened(word, Path(read_variable("build", "build"))) for word in words)
        found = compare(old.contents, new.contents)
        logs = changelogs(new, found) if options["changelogs"] else {}
        if options["as_json"]:
            print(json.dumps(as_json(old.contents, new.contents, found, logs), indent=1, sort_keys=True))
        else:
            print("\n".join(lines(old.contents, new.contents, found, logs)))
        return DIFFERENT if found else 0


@dataclass(frozen=True)
class Tree:
    """A compose's tree and what is in it."""

    path: Path
    contents: Contents


def opened(text: str, build: Path) -> Tree:
    """Read the compose that a path or a compose ID means. Raise ConfigError."""
    found = [path for path in (Path(text), *sorted(build.glob(f"*/published/{text}"))) if is_tree(path)]
    if not found:
        there = sorted(path.name for path in build.glob("*/published/*") if path.is_dir() and not path.is_symlink())
        hint = f"published are {', '.join(there)}" if there else "nothing is published yet; a tree's path will do"
        raise ConfigError(f"{text}: neither a compose's tree nor a compose ID", hint)
    return Tree(found[0], contents_of(found[0], text))


def is_tree(path: Path) -> bool:
    """Return whether a compose is there."""
    return (path / "metadata" / "debs.json").is_file()


def contents_of(tree: Path, text: str) -> Contents:
    """Read a compose's metadata. Raise ConfigError if it is not what it has to be."""
    metadata = tree / "metadata"
    identity = tree / "COMPOSE_ID"
    try:
        debs = json.loads((metadata / "debs.json").read_text("utf-8", "surrogateescape"))
        images = json.loads((metadata / "images.json").read_bytes()) if (metadata / "images.json").is_file() else None
        return contents(identity.read_text().strip() if identity.is_file() else text, debs, images)
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:
        raise ConfigError(f"{metadata}: its files cannot be read: {type(error).__name__}: {error}") from error


def changelogs(new: Tree, found: Difference) -> Changelogs:
    """Return the new entries of each upgraded source whose packages are at hand."""
    upgraded = [item for item in found.sources if item.how == "upgraded"]
    logs = {item.source: entries(new.path, new.contents, item.source, item.old[0]) for item in upgraded}
    return {source: entries for source, entries in logs.items() if entries}


def as_json(old: Contents, new: Contents, found: Difference, logs: Changelogs) -> dict[str, Any]:
    """Return the difference as JSON has it."""
    sources = [{**asdict(item), "changelog": logs.get(item.source, [])} for item in found.sources]
    images = [{**asdict(item), "how": item.how} for item in found.images]
    rest = {"moves": [asdict(item) for item in found.moves], "variants": [asdict(item) for item in found.targets]}
    return {"version": 1, "old": old.identity, "new": new.identity, "sources": sources, "images": images, **rest}


def lines(old: Contents, new: Contents, found: Difference, logs: Changelogs) -> Iterator[str]:
    """Return the difference as a person reads it."""
    yield f"{old.identity} -> {new.identity}: {'different' if found else 'the same'}"
    ordered = sorted(found.sources, key=lambda item: ORDER.index(item.how))
    for how, items in groupby(ordered, key=lambda item: item.how):
        group = list(items)
        yield f"\n{len(group)} source package{'s' * (len(group) != 1)} {how}"
        for item in group:
            yield f"  {of_source(item)}"
            yield from (f"      {line}".rstrip() for entry in logs.get(item.source, []) for line in entry.splitlines())
    yield from section(
        "moved between variants", found.moves, lambda item: f"{item.package}: {path(item.old, item.new)}"
    )
    yield from section("variants", found.targets, of_place)
    yield from section("images", found.images, of_image)


def section(title: str, items: tuple[Any, ...], tell: Callable[[Any], str]) -> Iterator[str]:
    """Return a line for each item, after a title; nothing for none."""
    if items:
        yield f"\n{title}"
        yield from (f"  {tell(item)}" for item in items)


def of_source(item: SourceChange) -> str:
    """Return of a source package."""
    binaries = f"; {' '.join(item.binaries)}" if item.binaries and item.how not in {"added", "removed"} else ""
    return f"{item.source} {path(item.old, item.new)} ({change(item.old_size, item.new_size)}){binaries}"


def path(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    """Return the way from one list to another; what is the same at both ends once."""
    before, after = ", ".join(old), ", ".join(new)
    return before if before == after else " -> ".join(filter(None, (before, after)))


def of_place(item: Any) -> str:
    """Return of what a variant has for an arch."""
    counts = f"{item.old_count} -> {item.new_count} packages, {shown(item.old_size)} -> {shown(item.new_size)}"
    return f"{item.variant}:{item.arch}: {counts} ({change(item.old_size, item.new_size)})"


def of_image(item: ImageChange) -> str:
    """Return of an image."""
    image = item.new or item.old
    old, new = item.old.size if item.old else 0, item.new.size if item.new else 0
    where = f"{item.variant}:{item.arch}: {Path(image.path).name}" if image else item.name
    if item.how != "changed":
        return f"{where}: {item.how}, {shown(max(old, new))}"
    return f"{where}: other content, {shown(old)} -> {shown(new)} ({change(old, new)})"
