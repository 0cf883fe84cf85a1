"""Imported package lists: an entry `{file: …}` stands for what a germinate seed or a tasksel file lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from composelib.config.keys.containers import ListOf
from composelib.config.keys.record import Key, Record, Settings
from composelib.config.keys.types import INVALID, FilePath, Text
from composelib.config.package_lists import germinate, tasksel
from composelib.config.package_lists.package_list import Entry, Fault
from composelib.config.yaml.include import bytes_of, reason
from composelib.config.yaml.nodes import Mapping, Node, Word
from composelib.config.yaml.problems import Problems, did_you_mean
from composelib.model.origin import Origin

TASKS = ".desc"
IMPORT = Record(
    "import",
    "In a list of packages: another program's list, whose entries are taken in its place.",
    (
        Key(
            "file",
            FilePath("file"),
            "The list: tasksel's task descriptions if its name ends in `.desc`, else a germinate seed.",
            required=True,
        ),
        Key(
            "tasks",
            ListOf(Text("the name of a task", r"[A-Za-z0-9][A-Za-z0-9+._-]*"), "tasks"),
            "Of a `.desc` file these tasks alone; all by default.",
        ),
    ),
)


@dataclass(frozen=True)
class Import:
    """What an imported list asks for, as Words with their places in its file."""

    origin: Origin
    file: Path
    content: bytes = field(repr=False)
    wanted: tuple[Word, ...] = ()
    recommended: tuple[Word, ...] = ()
    excluded: tuple[Word, ...] = ()

    def words(self, *, recommends: bool) -> Iterator[Word]:
        """Give what it asks for, with or without what it merely recommends."""
        yield from self.wanted
        if recommends:
            yield from self.recommended


def is_meant(node: Mapping) -> bool:
    """Tell whether a mapping is to be an import, rightly written or not."""
    return any(key.name in node.entries for key in IMPORT.keys)


def read(node: Node, path: str, problems: Problems) -> Any:
    """Give the Import that a mapping means, its words not yet looked at, or INVALID; what is wrong is noted."""
    settings = IMPORT.read(node, path, problems)
    if settings is INVALID:
        return INVALID
    if not settings.given("file"):
        problems.add(node.origin, path, "the key 'file' is missing", "{file: LIST}")
    file = settings["file"]
    if file is None:
        return INVALID
    content = content_of(file, settings, problems)
    if content is None:
        return INVALID
    words: dict[str, list[Word]] = {"wanted": [], "recommended": [], "excluded": []}
    for found in listed(content[1], file, settings, problems):
        place = Origin(str(file), found.line, found.column)
        if isinstance(found, Fault):
            problems.add(place, path, found.message, found.hint)
        else:
            words[found.how].append(Word(found.text, place))
    return Import(node.origin, file, content[0], **{how: tuple(found) for how, found in words.items()})


def content_of(file: Path, settings: Settings, problems: Problems) -> tuple[bytes, str] | None:
    """Give a list's bytes and text; None, with the reason noted, if it cannot be read."""
    try:
        content = bytes_of(file)
        text = content.decode().replace("\r\n", "\n")
    except OSError as error:
        problems.add(settings.place("file"), f"{settings.path}.file", f"{file}: {reason(error)}")
        return None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.add(Origin(str(file), line, 1), settings.path, "is not UTF-8", "save the file as UTF-8")
        return None
    problems.lines.setdefault(str(file), text.split("\n"))
    return content, text


def listed(text: str, file: Path, settings: Settings, problems: Problems) -> Iterator[Entry | Fault]:
    """Give what a list has; tasks that are asked for and not there are noted."""
    path, asked = f"{settings.path}.tasks", settings["tasks"] or ()
    if file.suffix != TASKS:
        if settings.given("tasks"):
            hint = f"only a file named {TASKS} has tasks"
            problems.add(settings.place("tasks"), path, "a germinate seed has no tasks", hint)
        yield from germinate.read(text)
        return
    names = set()
    for found in tasksel.descriptions(text):
        if isinstance(found, Fault):
            yield found
        else:
            names.add(found.name)
            if not asked or found.name in asked:
                yield from tasksel.entries(found)
    for task in asked:
        if task not in names:
            problems.add(task.origin, path, f"{file} has no task {str(task)!r}", did_you_mean(task, names))
