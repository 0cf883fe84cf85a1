"""Reads imported package lists: germinate seeds and tasksel files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from composelib.config.keys.imported_list import ImportedList, ImportedWord
from composelib.config.keys.read_value import INVALID, read_value
from composelib.config.keys.settings import Settings
from composelib.config.package_lists import germinate, tasksel
from composelib.config.package_lists.package_list import ListEntry, ListFault
from composelib.config.yaml.include import describe_error, read_bytes
from composelib.config.yaml.nodes import Mapping, Word
from composelib.config.yaml.problems import Problems, suggest_candidate
from composelib.model.keys.package_entry import Import
from composelib.model.keys.value_types import RecordOf
from composelib.model.origin import Origin

TASKS = ".desc"


def read_import(node: Mapping, path: str, problems: Problems) -> ImportedList | None:
    """Return the list that a mapping imports, its entries unchecked; None, with the reason noted, if that fails."""
    settings = read_value(RecordOf(Import), node, path, problems)
    if settings is INVALID:
        return None
    if not settings.has("file"):
        problems.add(node.origin, path, "the key 'file' is missing", "write {file: LIST}")
    file = settings["file"]
    if file is None:
        return None
    content = read_content(file, settings, problems)
    if content is None:
        return None
    words: dict[str, list[Word]] = {"package": [], "recommended": [], "excluded": []}
    for entry in read_entries(content[1], file, settings, problems):
        origin = Origin(str(file), entry.line, entry.column)
        if isinstance(entry, ListFault):
            problems.add(origin, path, entry.message, entry.hint)
        else:
            words[entry.role].append(ImportedWord(entry.text, origin, entry.recommends))
    packages, recommended, excluded = map(tuple, words.values())
    return ImportedList(node.origin, file, content[0], packages, recommended, excluded)


def read_content(file: Path, settings: Settings, problems: Problems) -> tuple[bytes, str] | None:
    """Return a list's bytes and text; None, with the reason noted, if it cannot be read."""
    try:
        content = read_bytes(file)
        text = content.decode().replace("\r\n", "\n")
    except OSError as error:
        problems.add(settings.origin_of("file"), settings.path_of("file"), f"{file}: {describe_error(error)}")
        return None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.add(Origin(str(file), line, 1), settings.path, "is not UTF-8", "save the file as UTF-8")
        return None
    problems.lines.setdefault(str(file), text.split("\n"))
    return content, text


def read_entries(text: str, file: Path, settings: Settings, problems: Problems) -> Iterator[ListEntry | ListFault]:
    """Yield the entries of a list; tasks that it does not have are noted."""
    path, tasks = settings.path_of("tasks"), settings["tasks"]
    if file.suffix != TASKS:
        if settings.has("tasks"):
            hint = f"only a file whose name ends in {TASKS} has tasks"
            problems.add(settings.origin_of("tasks"), path, "a germinate seed has no tasks", hint)
        yield from germinate.read_seed(text)
        return
    names = set()
    for task in tasksel.read_tasks(text):
        if isinstance(task, ListFault):
            yield task
        else:
            names.add(task.name)
            if not tasks or task.name in tasks:
                yield from tasksel.task_entries(task)
    for name in tasks:
        if name not in names:
            problems.add(name.origin, path, f"{file} has no task {str(name)!r}", suggest_candidate(name, names))
