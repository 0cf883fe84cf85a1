"""Which of doit's tasks the names on the command line stand for."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable
from typing import Any

from doit.control import TaskControl

from composelib.engine.exit_status import ManyError
from composelib.errors import ConfigError
from composelib.model.selection import Selection
from composelib.program import PROGRAM

WILD = "*"


def select_tasks(
    task_list: list[Any], names: list[str] | None, commands: Iterable[str] = (), selection: Selection | None = None
) -> Any:
    """Return doit's TaskControl of the tasks, with the named ones selected, or all; only those within the selection.

    Raise ManyError naming each name and wildcard that matches nothing, with the closest match.
    """
    control = TaskControl(task_list)
    targets = resolve_names(names, control, commands)
    control.process(narrow(selection, targets, control) if selection else targets)
    return control


def select_alone(control: Any) -> None:
    """Let the selected tasks, and those of selected stages, need no other task (`--single`)."""
    for name in control.selected_tasks:
        task = control.tasks[name]
        for subtask in map(control.tasks.get, task.task_dep) if task.has_subtask else [task]:
            subtask.task_dep = []
            subtask.calc_dep = set()


def narrow(selection: Selection, names: list[str] | None, control: Any) -> list[str]:
    """Return the tasks within a selection that names stand for, or all. Raise ManyError naming those that have none."""
    if names is None:
        return [name for name in control.tasks if selection.has(name)]
    matches = {name: [task for task in expand_name(name, control) if selection.has(task)] for name in names}
    empty = [name for name, tasks in matches.items() if not tasks]
    if empty:
        raise ManyError([ConfigError(f"{name}: is not within {selection}", "leave one of them out") for name in empty])
    return [task for tasks in matches.values() for task in tasks]


def expand_name(name: str, control: Any) -> list[str]:
    """Return the tasks that the name of a task, target or stage, or a wildcard, stands for."""
    if WILD in name:
        return fnmatch.filter(control.tasks, name)
    name = name if name in control.tasks else control.targets[name]
    task = control.tasks[name]
    return list(task.task_dep) if task.has_subtask else [name]


def resolve_names(names: list[str] | None, control: Any, commands: Iterable[str]) -> list[str] | None:
    """Return names and targets as doit spells them; a target's path may be written in any way."""
    if names is None:
        return None
    resolved = [resolve_name(name, control) for name in names]
    unknown = [name for name, match in zip(names, resolved, strict=True) if not match]
    if unknown:
        raise ManyError([unknown_name_error(name, [*control.tasks, *control.targets], commands) for name in unknown])
    return resolved


def resolve_name(name: str, control: Any) -> str:
    """Return the task, target or wildcard that a word matches, empty if there is none.

    The beginning of tasks' names up to a `:` matches all of them: an image those of its formats.
    """
    if WILD in name:
        return name if fnmatch.filter(control.tasks, name) else ""
    path = os.path.relpath(name) if name else ""
    whole = next((word for word in (name, path) if word in control.tasks or word in control.targets), "")
    return whole or (f"{name}:{WILD}" if any(task.startswith(f"{name}:") for task in control.tasks) else "")


def unknown_name_error(name: str, names: list[str], commands: Iterable[str]) -> ConfigError:
    """Return the error for a name that matches nothing, with the closest word."""
    import difflib  # noqa: PLC0415 - only after a typing error

    if name in commands:
        return ConfigError(f"{name}: a command has to come before options and tasks", f"`{PROGRAM} {name} …`")
    close = difflib.get_close_matches(name.replace(WILD, "").strip(":"), [*names, *commands], 1, 0.5)
    hint = f"did you mean '{close[0]}'?" if close else f"see `{PROGRAM} list --all`"
    return ConfigError(f"{name}: no task or target {'matches' if WILD in name else 'of that name'}", hint)
