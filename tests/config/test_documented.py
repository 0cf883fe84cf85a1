"""The demo's config and the schema are read by any reader of YAML and JSON."""

from __future__ import annotations

import json

import yaml
from jsonschema import Draft202012Validator

from tests.kit.demo_compose import CHECKOUT


def test_the_demos_config_is_yaml_for_every_reader_and_as_its_schema_says() -> None:
    schema = json.loads((CHECKOUT / "composes/schema.json").read_text())
    config = yaml.load((CHECKOUT / "composes/demo.yaml").read_text(), yaml.BaseLoader)  # noqa: S506 - it makes texts only
    assert [
        error.message for error in Draft202012Validator(schema).iter_errors(yaml.safe_load(yaml.safe_dump(config)))
    ] == []
