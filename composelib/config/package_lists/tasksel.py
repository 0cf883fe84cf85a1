"""Tasksel's task descriptions (`*.desc`), by the README of tasksel: text in, entries out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from composelib.config.package_lists.package_list import Entry, Fault

METHODS = "list, standard, task-fields and manual are known"
Word = tuple[int, int, str]
"""Line and column, from 1, and the word."""


@dataclass
class Description:
    """A task's stanza: its fields' words by the fields' names in lower case."""

    line: int
    fields: dict[str, list[Word]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The task's name; empty if it has none."""
        return next((word for _, _, word in self.fields.get("task", ())), "")


def descriptions(text: str) -> Iterator[Description | Fault]:
    """Give the stanzas of a file, and lines that belong to none."""
    current: Description | None = None
    words: list[Word] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("#"):
            continue
        if not line.strip():
            if current:
                yield current
            current = None
            continue
        name, colon, _ = line.partition(":")
        if not line[0].isspace() and colon:
            current = current or Description(number)
            words = current.fields.setdefault(name.strip().lower(), [])
            words += split(line, number, len(name) + 1)
        elif line[0].isspace() and current:
            words += split(line, number, 0)
        else:
            yield Fault(number, 1, "this is no line of a task's description", "'FIELD: VALUE', or indented below one")
    if current:
        yield current


def split(line: str, number: int, start: int) -> Iterator[Word]:
    """Give the words of a line from a column on."""
    for word in line[start:].split():
        start = line.index(word, start)
        yield number, start + 1, word
        start += len(word)


def entries(task: Description) -> Iterator[Entry | Fault]:
    """Give what a task installs: its Key packages and those its Packages field leads to."""
    if not task.name:
        yield Fault(task.line, 1, "a description without the field 'Task'")
        return
    for word in task.fields.get("key", ()):
        yield Entry(*word)
    method, *further = task.fields.get("packages") or [(task.line, 1, "manual")]
    line, column, name = method
    match name:
        case "list":
            yield from (Entry(*word) for word in further)
        case "standard":
            yield Entry(line, column, "standard^")
        case "task-fields":
            yield Entry(line, column, f"{task.name}^")
        case "manual":
            pass
        case _:
            yield Fault(line, column, f"{name!r}: only tasksel's own program knows these packages", METHODS)
