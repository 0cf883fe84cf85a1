"""What the names on the command line mean."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable
from typing import Any

from doit.control import TaskControl

from composelib.engine.exit_status import ManyError
from composelib.errors import ConfigError
from composelib.model.selection import Selection

WILD = "*"


def selected_control(
    task_list: list[Any], names: list[str] | None, commands: Iterable[str] = (), part: Selection | None = None
) -> Any:
    """Give doit's TaskControl of the tasks, those selected that are named, or all; of these a part, if one is given.

    Raises ManyError naming each name and wildcard that means nothing, with what may have been meant.
    """
    control = TaskControl(task_list)
    found = known(names, control, commands)
    control.process(within(part, found, control) if part else found)
    return control


def within(part: Selection, names: list[str] | None, control: Any) -> list[str]:
    """Give the tasks of a part that names stand for, or all its tasks. Raises ManyError naming what has none."""
    if names is None:
        return [name for name in control.tasks if part.has(name)]
    found = {name: [one for one in meant_by(name, control) if part.has(one)] for name in names}
    empty = [name for name, tasks in found.items() if not tasks]
    if empty:
        raise ManyError([ConfigError(f"{name}: is not within {part}", "leave one of them out") for name in empty])
    return [one for tasks in found.values() for one in tasks]


def meant_by(name: str, control: Any) -> list[str]:
    """Give the tasks that a name, target or wildcard, which means something, stands for."""
    if WILD in name:
        return fnmatch.filter(control.tasks, name)
    name = name if name in control.tasks else control.targets[name]
    task = control.tasks[name]
    return list(task.task_dep) if task.has_subtask else [name]


def known(names: list[str] | None, control: Any, commands: Iterable[str]) -> list[str] | None:
    """Give names and targets as doit has them; a target's path may be written in any way."""
    if names is None:
        return None
    found = [meant(name, control) for name in names]
    unknown = [name for name, meaning in zip(names, found, strict=True) if not meaning]
    if unknown:
        words = [*control.tasks, *control.targets, *commands]
        raise ManyError([complaint(name, words) for name in unknown])
    return found


def meant(name: str, control: Any) -> str:
    """Give the name of the task, target or wildcard that is meant, empty if there is none."""
    if WILD in name:
        return name if fnmatch.filter(control.tasks, name) else ""
    path = os.path.relpath(name) if name else ""
    return next((word for word in (name, path) if word in control.tasks or word in control.targets), "")


def complaint(name: str, words: list[str]) -> ConfigError:
    """Say that a name means nothing."""
    import difflib  # noqa: PLC0415 - only for who mistyped

    close = difflib.get_close_matches(name.replace(WILD, "").strip(":"), words, 1, 0.5)
    hint = f"did you mean '{close[0]}'?" if close else "see `doit list --all`"
    return ConfigError(f"{name}: no task or target {'matches' if WILD in name else 'of that name'}", hint)
