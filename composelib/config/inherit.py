"""What variants and lists take over from elsewhere: `extends`, groups, imported lists."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from composelib.config.keys.containers import ListOf, MapOf
from composelib.config.keys.import_entry import Import
from composelib.config.keys.package_entry import Entry, Groups
from composelib.config.keys.record import Record, Settings
from composelib.config.yaml.nodes import Word
from composelib.config.yaml.problems import Problems, did_you_mean

ADDED = frozenset({"packages", "exclude", "pinned", "optional"})
"""Lists of a variant that are put after those of the variant it extends; all other lists replace."""


def extended(compose: Settings, problems: Problems) -> Settings:
    """Give the compose with every variant laid over what it extends; unknown and cyclic bases are noted."""
    own: dict[str, Settings] = compose["variants"] or {}
    done: dict[str, Settings] = {}

    def whole(name: str, chain: tuple[str, ...]) -> Settings:
        if name not in done:
            base = base_of(own, name, chain, problems)
            done[name] = own[name].over(whole(base, (*chain, name)), ADDED) if base else own[name]
        return done[name]

    return replace(compose, values=compose.values | {"variants": {name: whole(name, ()) for name in own}})


def base_of(variants: dict[str, Settings], name: str, chain: tuple[str, ...], problems: Problems) -> str:
    """Give the variant that `name` extends; nothing if there is none or it cannot be."""
    base = variants[name]["extends"]
    if base is None:
        return ""
    if base not in variants:
        path = f"{variants[name].path}.extends"
        problems.add(base.origin, path, f"there is no variant {str(base)!r}", did_you_mean(base, variants))
        return ""
    if base in (*chain, name):
        via = " -> ".join((*chain, name, base))
        problems.add(base.origin, f"{variants[name].path}.extends", f"{str(base)!r} extends itself: {via}")
        return ""
    return str(base)


def grouped(compose: Settings, problems: Problems) -> Settings:
    """Give the compose with groups and imports in all lists of packages expanded; unknown, cyclic groups are noted."""
    groups = Groups(compose["groups"] or {}, problems)
    groups.check()
    variants = {name: expanded(variant, groups) for name, variant in (compose["variants"] or {}).items()}
    return replace(compose, values=compose.values | {"variants": variants})


def expanded(settings: Settings, groups: Groups, *, recommends: bool = False) -> Settings:
    """Give settings with their lists of packages, and those of records within, expanded.

    What imported lists recommend counts where `recommends` holds, of the record or of what it is in; what they want
    to have left out is put after the record's own `exclude`.
    """
    if any(key.name == "recommends" for key in settings.record.keys):
        recommends = bool(settings["recommends"])
    values = {
        name: expanded_value(settings.record, name, value, settings, groups, recommends=recommends)
        for name, value in settings.values.items()
    }
    unwanted = unwanted_words(settings, groups)
    if not unwanted:
        return replace(settings, values=values)
    own = tuple(values.get("exclude") or ())
    values["exclude"] = own + tuple(word for word in dict.fromkeys(unwanted) if word not in own)
    return replace(settings, values=values, places={"exclude": unwanted[0].origin} | settings.places)


def unwanted_words(settings: Settings, groups: Groups) -> tuple[Word, ...]:
    """Give what the imported lists of a record want to have left out."""
    return tuple(
        word
        for name, value in settings.values.items()
        if is_list(settings.record, name)
        for word in groups.excluded(value, f"{settings.path}.{name}")
    )


def is_list(record: Record, name: str) -> bool:
    """Tell whether a key has a list of packages."""
    kind = record.key(name).kind
    return isinstance(kind, ListOf) and isinstance(kind.item, Entry)


def expanded_value(
    record: Record, name: str, value: Any, settings: Settings, groups: Groups, *, recommends: bool
) -> Any:
    """Give one key's value, expanded."""
    kind = record.key(name).kind
    if is_list(record, name):
        return groups.words(value, f"{settings.path}.{name}", recommends=recommends)
    if isinstance(kind, Record):
        return expanded(value, groups, recommends=recommends)
    if isinstance(kind, MapOf) and isinstance(kind.value, Record):
        return {key: expanded(one, groups, recommends=recommends) for key, one in value.items()}
    return value


def imports_of(value: Any) -> dict[Path, Import]:
    """Give the imports within settings, by their files."""
    found: dict[Path, Import] = {}
    waiting = [value]
    while waiting:
        match waiting.pop():
            case Import() as one:
                found[one.file] = one
            case Settings() as settings:
                waiting += settings.values.values()
            case dict() as by_name:
                waiting += by_name.values()
            case tuple() as several:
                waiting += several
    return dict(sorted(found.items()))
