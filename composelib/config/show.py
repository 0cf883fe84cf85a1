"""The effective config, with includes, extends and groups resolved: line by line, each value with its origin."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from composelib.config.keys.settings import Settings
from composelib.config.yaml.nodes import Word
from composelib.model.compose import Compose
from composelib.model.keys.declaration import ConfigKey
from composelib.model.origin import Origin

BLOCK = re.compile(r"(?!- )[A-Za-z0-9@?~./_(](?:[^#:]|(?<! )#|:(?! |$))*")
"""A text that needs no quotes on a line of its own."""
FLOW = re.compile(r"[A-Za-z0-9@?~./_][^#:'\"{}\[\],]*")
"""A text that needs no quotes within a list or mapping on one line."""
RESOLVED_KEYS = ("include", "groups")
"""Keys of the compose that are resolved before: the effective config does not have them."""
Line = tuple[int, str, Origin | None]
"""The depth, the text, and its origin; None for a default."""


def format_lines(settings: Settings, folder: Path) -> Iterator[Line]:
    """Yield the config's lines; paths are written relative to `folder`, where the config file is."""
    for key in settings.record.keys:
        if not settings.has(key.name):
            if key.default not in (None, (), {}) and applies(key, settings):
                yield 0, f"{key.name}: {inline(key.default, folder)}", None
        elif not is_resolved(key, settings):
            yield from entry_lines(key.name, settings[key.name], settings.origin_of(key.name), folder)


def entry_lines(name: str, value: Any, origin: Origin, folder: Path) -> Iterator[Line]:
    """Yield the lines of a key and its value."""
    if isinstance(value, Settings) and value.values:
        yield 0, f"{name}:", origin
        yield from indent(format_lines(value, folder))
    elif isinstance(value, dict):
        yield 0, f"{name}:", origin
        for inner, item in value.items():
            yield from indent(entry_lines(str(inner), item, inner.origin, folder))
    elif isinstance(value, tuple) and value:
        yield 0, f"{name}:", origin
        yield from indent(item_lines(value, origin, folder))
    else:
        yield 0, f"{name}: {inline(value, folder, BLOCK)}", origin


def item_lines(values: tuple[Any, ...], origin: Origin, folder: Path) -> Iterator[Line]:
    """Yield the lines of a list."""
    for value in values:
        yield 0, f"- {inline(value, folder, BLOCK)}", value.origin if isinstance(value, Word | Settings) else origin


def indent(inner: Iterator[Line]) -> Iterator[Line]:
    """Yield lines one level deeper."""
    for level, text, origin in inner:
        yield level + 1, text, origin


def is_resolved(key: ConfigKey, settings: Settings) -> bool:
    """Return whether a key was resolved before, so that the effective config does not have it."""
    return settings.record.model is Compose and key.name in RESOLVED_KEYS


def applies(key: ConfigKey, settings: Settings) -> bool:
    """Return whether a key that is not written has a meaning here."""
    if key.kinds:
        return str(settings["kind"]) in key.kinds
    return settings.applies(key)


def inline(value: Any, folder: Path, unquoted: re.Pattern[str] = FLOW) -> str:
    """Return a value as it may be written on one line; a text that `unquoted` does not match is put in quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Path):
        value = relative_path(value, folder)
    if isinstance(value, tuple):
        return f"[{', '.join(inline(item, folder) for item in value)}]"
    if isinstance(value, Settings):
        entries = (f"{name}: {inline(inner, folder)}" for name, inner in value.values.items())
        return f"{{{', '.join(entries)}}}"
    text = str(value)
    return text if unquoted.fullmatch(text) and text == text.strip() else json.dumps(text, ensure_ascii=False)


def relative_path(path: Path, folder: Path) -> str:
    """Return a path as a config file in `folder` would have it."""
    return str(path) if path.is_absolute() else os.path.relpath(path, folder)


def as_text(settings: Settings, folder: Path) -> str:
    """Return the config as YAML, each value that is not a default with its file and line in a comment."""
    rows = [("  " * level + text, origin) for level, text, origin in format_lines(settings, folder)]
    width = min(max(len(text) for text, _ in rows), 72)
    return "".join(
        f"{text:<{width}}  # {origin.file}:{origin.line}\n" if origin else f"{text}\n" for text, origin in rows
    )


def as_json(settings: Settings, folder: Path) -> dict[str, Any]:
    """Return the config as `values`, with the origins of all that is written as `origins`, by path."""
    origins: dict[str, str] = {}
    values = json_value(settings, "", folder, origins)
    return {"version": 1, "values": values, "origins": origins}


def json_value(value: Any, path: str, folder: Path, origins: dict[str, str]) -> Any:
    """Return a value for JSON, adding the origins of what is in it."""
    if isinstance(value, Settings):
        return json_settings(value, path, folder, origins)
    if isinstance(value, dict):
        origins |= {join(path, name): str(name.origin) for name in value}
        return {str(name): json_value(inner, join(path, name), folder, origins) for name, inner in value.items()}
    if isinstance(value, tuple):
        origins |= {
            f"{path}[{n}]": str(item.origin) for n, item in enumerate(value) if isinstance(item, Word | Settings)
        }
        return [json_value(item, f"{path}[{n}]", folder, origins) for n, item in enumerate(value)]
    return relative_path(value, folder) if isinstance(value, Path) else value


def json_settings(settings: Settings, path: str, folder: Path, origins: dict[str, str]) -> dict[str, Any]:
    """Return the keys of settings that are written or have a meaning by their default, for JSON."""
    keys = [key for key in settings.record.keys if not is_resolved(key, settings)]
    keys = [key for key in keys if settings.has(key.name) or applies(key, settings)]
    origins |= {join(path, key.name): str(settings.origin_of(key.name)) for key in keys if settings.has(key.name)}
    return {
        key.name: json_value(settings.values.get(key.name, key.default), join(path, key.name), folder, origins)
        for key in keys
    }


def join(path: str, name: str) -> str:
    """Return the path of `name` within `path`."""
    return f"{path}.{name}" if path else str(name)
