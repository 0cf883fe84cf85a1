"""The config as it takes effect, includes, extends and groups worked in: line by line, with each value's place."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from composelib.config.checks.compose import ONLY_URI
from composelib.config.keys.compose import COMPOSE
from composelib.config.keys.record import Key, Settings
from composelib.config.yaml.nodes import Word
from composelib.model.origin import Origin

BLOCK = re.compile(r"(?!- )[A-Za-z0-9@?~./_(](?:[^#:]|(?<! )#|:(?! |$))*")
FLOW = re.compile(r"[A-Za-z0-9@?~./_][^#:'\"{}\[\],]*")
WORKED_IN = ("include", "groups")
"""Keys of the whole config that say nothing more once they have taken effect."""
Line = tuple[int, str, Origin | None]
"""How deep, the text, and where it stands; None for what is not given."""


def lines(settings: Settings, folder: Path) -> Iterator[Line]:
    """Give the config's lines; paths are written relative to `folder`, where the config file is."""
    for key in settings.record.keys:
        if not settings.given(key.name):
            if key.default not in (None, (), {}) and applies(key, settings):
                yield 0, f"{key.name}: {inline(key.default, folder)}", None
        elif settings.record is not COMPOSE or key.name not in WORKED_IN:
            yield from entry(key.name, settings[key.name], settings.place(key.name), folder)


def entry(name: str, value: Any, place: Origin, folder: Path) -> Iterator[Line]:
    """Give the lines of a key and its value."""
    if isinstance(value, Settings) and value.values:
        yield 0, f"{name}:", place
        yield from deeper(lines(value, folder))
    elif isinstance(value, dict):
        yield 0, f"{name}:", place
        for inner, one in value.items():
            yield from deeper(entry(str(inner), one, inner.origin, folder))
    elif isinstance(value, tuple) and value:
        yield 0, f"{name}:", place
        yield from deeper(items(value, place, folder))
    else:
        yield 0, f"{name}: {inline(value, folder, BLOCK)}", place


def items(values: tuple[Any, ...], place: Origin, folder: Path) -> Iterator[Line]:
    """Give the lines of a list."""
    for value in values:
        yield 0, f"- {inline(value, folder, BLOCK)}", value.origin if isinstance(value, Word | Settings) else place


def deeper(found: Iterator[Line]) -> Iterator[Line]:
    """Give lines one level deeper."""
    for level, text, place in found:
        yield level + 1, text, place


def shown(key: Key, settings: Settings) -> bool:
    """Tell whether a key is given, or has a meaning by its default."""
    if settings.record is COMPOSE and key.name in WORKED_IN:
        return False
    return settings.given(key.name) or applies(key, settings)


def applies(key: Key, settings: Settings) -> bool:
    """Tell whether a key that is not given has a meaning here at all."""
    if key.only:
        return str(settings["kind"]) in key.only
    if settings.record.name == "archive" and key.name in ONLY_URI:
        return settings.given("uri")
    return key.name != "ref" or settings.given("git")


def inline(value: Any, folder: Path, plain: re.Pattern[str] = FLOW) -> str:
    """Give a value as it may stand on one line; a text that `plain` does not match is put in quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Path):
        value = told(value, folder)
    if isinstance(value, tuple):
        return f"[{', '.join(inline(item, folder) for item in value)}]"
    if isinstance(value, Settings):
        given = (f"{name}: {inline(one, folder)}" for name, one in value.values.items())
        return f"{{{', '.join(given)}}}"
    text = str(value)
    return text if plain.fullmatch(text) and text == text.strip() else json.dumps(text, ensure_ascii=False)


def told(path: Path, folder: Path) -> str:
    """Give a path as a config file in `folder` would have it."""
    return str(path) if path.is_absolute() else os.path.relpath(path, folder)


def as_text(settings: Settings, folder: Path) -> str:
    """Give the config as YAML, each value that is given with its file and line in a comment."""
    found = [("  " * level + text, place) for level, text, place in lines(settings, folder)]
    width = min(max(len(text) for text, _ in found), 72)
    return "".join(f"{text:<{width}}  # {place.file}:{place.line}\n" if place else f"{text}\n" for text, place in found)


def as_json(settings: Settings, folder: Path) -> dict[str, Any]:
    """Give the config as `values`, with the places of all that is given as `origins`, by path."""
    origins: dict[str, str] = {}
    values = described(settings, "", folder, origins)
    return {"version": "1", "values": values, "origins": origins}


def described(value: Any, path: str, folder: Path, origins: dict[str, str]) -> Any:
    """Give a value for JSON, noting the places of what is in it."""
    if isinstance(value, Settings):
        keys = [key for key in value.record.keys if shown(key, value)]
        origins |= {joined(path, key.name): str(value.place(key.name)) for key in keys if value.given(key.name)}
        return {key.name: described(value[key.name], joined(path, key.name), folder, origins) for key in keys}
    if isinstance(value, dict):
        origins |= {joined(path, name): str(name.origin) for name in value}
        return {str(name): described(one, joined(path, name), folder, origins) for name, one in value.items()}
    if isinstance(value, tuple):
        origins |= {
            f"{path}[{n}]": str(item.origin) for n, item in enumerate(value) if isinstance(item, Word | Settings)
        }
        return [described(one, f"{path}[{n}]", folder, origins) for n, one in enumerate(value)]
    return told(value, folder) if isinstance(value, Path) else value


def joined(path: str, name: str) -> str:
    """Give the path of what `name` is within `path`."""
    return f"{path}.{name}" if path else str(name)
