"""Tasksel's task descriptions (`*.desc`), as its README describes them: text in, entries out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from composelib.config.package_lists.package_list import ListEntry, ListFault
from composelib.dataclass import dataclass

METHODS = "only list, standard, task-fields and manual are supported"
TaskWord = tuple[int, int, str]
"""Line and column, from 1, and the word."""


@dataclass
class TaskDescription:
    """A task's stanza: its fields' words by the fields' names in lower case."""

    line: int
    fields: dict[str, list[TaskWord]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The task's name; empty if it has none."""
        return next((word for _, _, word in self.fields.get("task", ())), "")


def read_tasks(text: str) -> Iterator[TaskDescription | ListFault]:
    """Yield the stanzas of a file, and the lines that belong to none."""
    current: TaskDescription | None = None
    words: list[TaskWord] = []
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
            current = current or TaskDescription(number)
            words = current.fields.setdefault(name.strip().lower(), [])
            words += split_words(line, number, len(name) + 1)
        elif line[0].isspace() and current:
            words += split_words(line, number, 0)
        else:
            yield ListFault(
                number, 1, "not a line of a task's description", "write 'FIELD: VALUE', or indent it below one"
            )
    if current:
        yield current


def split_words(line: str, number: int, start: int) -> Iterator[TaskWord]:
    """Yield the words of a line from a column on."""
    for word in line[start:].split():
        start = line.index(word, start)
        yield number, start + 1, word
        start += len(word)


def task_entries(task: TaskDescription) -> Iterator[ListEntry | ListFault]:
    """Yield the packages of a task: those in Key and those that its Packages field leads to."""
    if not task.name:
        yield ListFault(task.line, 1, "a description without the field 'Task'", "add 'Task: NAME' to it")
        return
    for word in task.fields.get("key", ()):
        yield ListEntry(*word)
    method, *further = task.fields.get("packages") or [(task.line, 1, "manual")]
    line, column, name = method
    match name:
        case "list":
            yield from (ListEntry(*word) for word in further)
        case "standard":
            yield ListEntry(line, column, "standard^")
        case "task-fields":
            yield ListEntry(line, column, f"{task.name}^")
        case "manual":
            pass
        case _:
            yield ListFault(line, column, f"{name!r}: only tasksel itself can find these packages", METHODS)
