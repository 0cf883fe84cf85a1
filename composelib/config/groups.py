"""Groups of packages and imported lists, expanded where lists of packages name them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from composelib.config.keys.imported_list import ImportedList
from composelib.config.keys.package_entry import GROUP
from composelib.config.keys.settings import Settings
from composelib.config.yaml.nodes import Word
from composelib.config.yaml.problems import Problems, suggest_candidate
from composelib.dataclass import dataclass
from composelib.model.keys.declaration import ConfigKey
from composelib.model.keys.package_entry import PackageEntry
from composelib.model.keys.value_types import ListOf

Entries = tuple[Word | ImportedList, ...]


@dataclass(frozen=True)
class Groups:
    """The config's groups of packages."""

    entries: Mapping[str, Entries]
    problems: Problems

    def check(self) -> None:
        """Add a problem for groups within groups that are unknown or contain themselves."""
        for name, entries in self.entries.items():
            tuple(self.expand(entries, f"groups.{name}", (name,)))

    def words(self, entries: Entries, path: str, *, recommends: bool) -> tuple[Word, ...]:
        """Return a list's entries, groups and imports expanded in place, each text once; unknown groups are noted."""
        words: list[Word] = []
        for entry in self.expand(entries, path, ()):
            words += entry.words(recommends=recommends) if isinstance(entry, ImportedList) else [entry]
        return tuple({word: word for word in reversed(words)}.values())[::-1]

    def excluded_words(self, entries: Entries, path: str) -> tuple[Word, ...]:
        """Return the entries that the imports of a list exclude."""
        imported = (entry for entry in self.expand(entries, path, ()) if isinstance(entry, ImportedList))
        return tuple(word for entry in imported for word in entry.excluded)

    def expand(self, entries: Entries, path: str, chain: tuple[str, ...]) -> Iterator[Word | ImportedList]:
        """Yield a list's entries, each group replaced by its entries; `chain` are the groups that the list is in."""
        for entry in entries:
            if isinstance(entry, ImportedList) or not entry.startswith(GROUP):
                yield entry
                continue
            name = str(entry[1:])
            if name in chain:
                via = " -> ".join((*chain, name))
                self.problems.add(entry.origin, path, f"the group {name!r} contains itself: {via}", "remove it")
            elif name in self.entries:
                yield from self.expand(self.entries[name], path, (*chain, name))
            else:
                self.problems.add(
                    entry.origin, path, f"there is no group {name!r}", suggest_candidate(name, self.entries)
                )


def expand_groups(compose: Settings, problems: Problems) -> Settings:
    """Return the compose with groups and imports expanded in all lists of packages; wrong groups are noted."""
    groups = Groups(compose["groups"], problems)
    groups.check()
    variants = {name: expand_settings(variant, groups) for name, variant in compose["variants"].items()}
    return replace(compose, values=compose.values | {"variants": variants})


def expand_settings(settings: Settings, groups: Groups, *, recommends: bool = False) -> Settings:
    """Return settings with their lists of packages, and those of the records within, expanded.

    What imported lists recommend is taken if `recommends` is true in the record or, without that key, in the record around
    it; what they exclude is put after the record's own `exclude`.
    """
    keys = {key.name: key for key in settings.record.keys}
    if "recommends" in keys:
        recommends = bool(settings["recommends"])
    values = {
        name: expand_value(keys[name], value, settings.path_of(name), groups, recommends=recommends)
        for name, value in settings.values.items()
    }
    excluded = tuple(
        word
        for name, value in settings.values.items()
        if is_package_list(keys[name])
        for word in groups.excluded_words(value, settings.path_of(name))
    )
    if not excluded:
        return replace(settings, values=values)
    present = tuple(values.get("exclude", ()))
    values["exclude"] = present + tuple(word for word in dict.fromkeys(excluded) if word not in present)
    return replace(settings, values=values, origins={"exclude": excluded[0].origin} | settings.origins)


def is_package_list(key: ConfigKey) -> bool:
    """Return whether a key has a list of packages."""
    return isinstance(key.value_type, ListOf) and isinstance(key.value_type.item, PackageEntry)


def expand_value(key: ConfigKey, value: Any, path: str, groups: Groups, *, recommends: bool) -> Any:
    """Return one key's value, expanded."""
    if is_package_list(key):
        return groups.words(value, path, recommends=recommends)
    if isinstance(value, Settings):
        return expand_settings(value, groups, recommends=recommends)
    if isinstance(value, dict):
        return {name: expand_value(key, inner, path, groups, recommends=recommends) for name, inner in value.items()}
    return value


def find_imported_lists(value: Any) -> dict[Path, ImportedList]:
    """Return the imported lists within settings, by their files."""
    imported: dict[Path, ImportedList] = {}
    waiting = [value]
    while waiting:
        match waiting.pop():
            case ImportedList() as entry:
                imported[entry.file] = entry
            case Settings() as settings:
                waiting += settings.values.values()
            case dict() as by_name:
                waiting += by_name.values()
            case tuple() as items:
                waiting += items
    return dict(sorted(imported.items()))
