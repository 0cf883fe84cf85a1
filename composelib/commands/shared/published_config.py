"""The effective config that a compose was published by: what `bisect` makes the composes between two of."""

from __future__ import annotations

import json
from collections.abc import Container
from pathlib import Path
from typing import Any

from composelib.config import read
from composelib.config.show import as_json, join
from composelib.engine.memory import recall, remember
from composelib.engine.state_db import Records
from composelib.model.compose import Compose


def remember_config(compose: Compose, records: Records, name: str) -> None:
    """Remember the present config as the one of a published compose."""
    remember(records, name_record(name), json.dumps(read_values(compose), sort_keys=True))


def recall_config(compose: Compose, records: Records, name: str) -> dict[str, Any]:
    """Return the config of a published compose; the present one if it was not remembered."""
    text = recall(records, name_record(name))
    values: dict[str, Any] = json.loads(text) if text else read_values(compose)
    return values


def read_values(compose: Compose) -> dict[str, Any]:
    """Return what is written in the present config; paths are relative to a folder in the compose's."""
    settings, _ = read(compose.config)
    content = as_json(settings, locate_folder(compose))
    values: dict[str, Any] = select_written(content["values"], "", content["origins"])
    return values


def locate_folder(compose: Compose) -> Path:
    """Return the folder in which compositions' packages and configs are: beside the build folder, as archives must be."""
    return compose.build.with_name(f".{compose.build.name}-bisect") / compose.name


def select_written(value: Any, path: str, origins: Container[str]) -> Any:
    """Return a value without the keys that the config does not have; `path` is its own."""
    if isinstance(value, dict):
        inner = ((name, item, join(path, name)) for name, item in value.items())
        return {name: select_written(item, full, origins) for name, item, full in inner if full in origins}
    if isinstance(value, list):
        return [select_written(item, f"{path}[{number}]", origins) for number, item in enumerate(value)]
    return value


def name_record(name: str) -> str:
    """Return the name under which a compose's config is remembered."""
    return f"CONFIG {name}"
