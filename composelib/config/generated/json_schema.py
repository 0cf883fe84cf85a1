"""The config's keys as JSON Schema (2020-12), for editors."""

from __future__ import annotations

import json
from typing import Any

from composelib.config.keys.compose import COMPOSE, RECORDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def document() -> dict[str, Any]:
    """Give the schema of a config file. What is included may hold the required keys, so the file itself needs none."""
    top = COMPOSE.definition()
    top.pop("required")
    definitions = {record.name: record.definition() for record in RECORDS if record is not COMPOSE}
    definitions["image"].pop("required")  # an extending variant's image has the kind of the one it is laid over
    return {"$schema": DIALECT, "title": "deb-compose", **top, "$defs": dict(sorted(definitions.items()))}


def text() -> str:
    """Give the schema as the file holds it."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"
