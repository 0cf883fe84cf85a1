"""The schemas of docs/schemas describe all JSON that a compose writes, and nothing else.

Further outputs are validated where tests make them: in tests/test_declared.py, of a compose with every stage; kept files; events.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.kit.demo_compose import Demo
from tests.kit.schemas import FOLDER, PATTERNS, list_faults, list_used, list_value_faults

SCHEMAS = sorted(path.stem for path in FOLDER.glob("*.json"))
PRINTED = {"event", "notification", "plan", "status"}
"""What is printed, or given to a script, and so is no file."""


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Yield all objects within a value."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(item)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_closed_and_has_a_version(name: str) -> None:
    schema = json.loads((FOLDER / f"{name}.json").read_text())
    Draft202012Validator.check_schema(schema)
    objects = [item for item in walk(schema) if item.get("type") == "object"]
    assert objects
    assert all("additionalProperties" in item for item in objects)
    assert all(item["additionalProperties"] is False for item in objects if "properties" in item)
    formats = schema.get("oneOf", [schema])
    assert [item["properties"]["version"] for item in formats] == [{"const": 1}] * len(formats)
    assert all("version" in item["required"] for item in formats)


def test_each_schema_is_for_a_file_or_for_what_is_printed() -> None:
    assert {*PATTERNS.values(), *PRINTED} == set(SCHEMAS)


def test_formats_md_names_each_schema() -> None:
    text = (FOLDER.parent / "formats.md").read_text()
    assert [name for name in SCHEMAS if f"schemas/{name}.json" not in text] == []


def test_all_that_a_finished_compose_has_is_as_its_schema_says(demo: Demo) -> None:
    assert demo.doit("publish").status == 0
    assert list_faults(demo.folder / "build") == []
    described = {"composeinfo", "debs", "deliverables", "images", "manifest", "repoclosure", "run", "suites", "test"}
    assert described < list_used(demo.folder / "build")


def test_what_commands_print_and_lock_is_as_its_schema_says(demo: Demo) -> None:
    for command in ("status", "plan"):
        assert list_value_faults(command, json.loads(demo.doit(command, "--json").out)) == []
    assert demo.doit("lock").status == 0
    assert list_value_faults("lock", json.loads((demo.folder / "tiny.lock").read_text())) == []


def test_a_key_more_or_less_is_found(tmp_path: Path) -> None:
    path = tmp_path / "metadata/kept.json"
    path.parent.mkdir()
    content = {"version": 1, "published": "demo-1", "files": []}
    for value, fault in (
        ({**content, "more": 1}, "('more' was unexpected)"),
        ({"version": 1, "files": []}, "'published' is a required property"),
    ):
        path.write_text(json.dumps(value))
        (line,) = list_faults(tmp_path)
        assert fault in line
    path.with_name("new.json").write_text("{}")
    assert list_faults(tmp_path)[-1].endswith("new.json: has no schema")
