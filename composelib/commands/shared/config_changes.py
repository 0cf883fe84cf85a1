"""The changes from one effective config to another, and the config in which only some of them are made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

KeyPath = tuple[str, ...]
ABSENT = "(none)"


@dataclass(frozen=True)
class ConfigChange:
    """A value that is another one; of a list, an item that comes or goes."""

    path: KeyPath
    old: Any
    new: Any
    is_item: bool = False
    """Whether `old` or `new`, the other one being None, is an item of the list at the path."""

    def __str__(self) -> str:
        """Return it in words."""
        name = ".".join(self.path)
        if self.is_item:
            return f"{name}: {format_value(self.new if self.old is None else self.old)} {'added' if self.old is None else 'removed'}"
        return f"{name}: {format_value(self.old)} -> {format_value(self.new)}"


def format_value(value: Any) -> str:
    """Return a value as a config would have it."""
    if value is None:
        return ABSENT
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def list_config_changes(old: Any, new: Any, path: KeyPath = ()) -> Iterator[ConfigChange]:
    """Yield the changes from one value to another, sorted by path."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            yield from list_config_changes(old.get(name), new.get(name), (*path, name))
    elif is_plain_list(old) and is_plain_list(new) and sorted(old) != sorted(new):
        yield from (ConfigChange(path, None, item, is_item=True) for item in new if item not in old)
        yield from (ConfigChange(path, item, None, is_item=True) for item in old if item not in new)
    else:
        yield ConfigChange(path, old, new)


def is_plain_list(value: Any) -> bool:
    """Return whether a value is a list of texts."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def make_changes(values: Mapping[str, Any], changes: Iterable[ConfigChange]) -> dict[str, Any]:
    """Return a config with changes made."""
    changed = deepcopy(dict(values))
    for change in changes:
        folder = changed
        for name in change.path[:-1]:
            folder = folder.setdefault(name, {})
        name = change.path[-1]
        if change.is_item:
            items = [item for item in folder.get(name) or [] if item != change.old]
            folder[name] = [*items, change.new] if change.old is None else items
        elif change.new is None:
            folder.pop(name, None)
        else:
            folder[name] = deepcopy(change.new)
    return changed
