"""What variants and lists take over from elsewhere: `extends`, groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from composelib.config.lists import ListOf, MapOf
from composelib.config.problems import Problems, did_you_mean
from composelib.config.records import Record, Settings
from composelib.config.seeds import Entry, Groups

ADDED = frozenset({"packages", "exclude", "pinned"})
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
    """Give the compose with the groups in all lists of packages expanded; unknown and cyclic groups are noted."""
    groups = Groups(compose["groups"] or {}, problems)
    groups.check()
    variants = {name: expanded(variant, groups) for name, variant in (compose["variants"] or {}).items()}
    return replace(compose, values=compose.values | {"variants": variants})


def expanded(settings: Settings, groups: Groups) -> Settings:
    """Give settings with the groups in their lists of packages, and in those of records within, expanded."""
    values = {
        name: expanded_value(settings.record, name, value, settings, groups) for name, value in settings.values.items()
    }
    return replace(settings, values=values)


def expanded_value(record: Record, name: str, value: Any, settings: Settings, groups: Groups) -> Any:
    """Give one key's value with groups expanded."""
    kind = record.key(name).kind
    if isinstance(kind, ListOf) and isinstance(kind.item, Entry):
        return groups.words(value, f"{settings.path}.{name}")
    if isinstance(kind, Record):
        return expanded(value, groups)
    if isinstance(kind, MapOf) and isinstance(kind.value, Record):
        return {key: expanded(one, groups) for key, one in value.items()}
    return value
