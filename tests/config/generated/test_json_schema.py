"""Also covers: composelib.config.generated.reference."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from composelib.config.generated import json_schema, reference
from composelib.config.keys.record import ConfigRecord, get_record, list_records
from composelib.model.compose import Compose
from composelib.model.image import IMAGE_KINDS
from composelib.model.image_traits import Image
from composelib.model.keys.declaration import METADATA
from composelib.model.variant import Variant
from tests.config.test_any_config import EVERYTHING

RECORDS = list_records(get_record(Compose))
NO_KEYS = {"name", "origin", "config", "files", "build", "offline", "locked", "digest", "selection"}


def test_the_committed_schema_is_the_declared_one() -> None:
    assert Path("composes/schema.json").read_text() == json_schema.format_schema(), "run: doit schema"


def test_the_committed_reference_is_the_declared_one() -> None:
    page = Path("docs/config.md").read_text()
    assert page == reference.replace_tables(page), "run: doit schema"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_every_key_says_what_it_means_in_a_sentence(record: ConfigRecord) -> None:
    assert all(key.doc.endswith(".") for key in record.keys)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_every_record_says_what_it_is_in_a_sentence(record: ConfigRecord) -> None:
    assert record.doc.endswith(".")


@pytest.mark.parametrize(
    "model", [*(record.model for record in RECORDS), *IMAGE_KINDS], ids=lambda model: model.__name__
)
def test_every_field_of_the_model_is_a_key_or_no_matter_of_the_config(model: type) -> None:
    fields = dataclasses.fields(model)
    assert {field.name for field in fields if METADATA not in field.metadata} <= NO_KEYS


@pytest.mark.parametrize("kind", IMAGE_KINDS, ids=lambda kind: kind.kind)
def test_every_kind_of_image_has_the_fields_of_its_keys(kind: type[Image]) -> None:
    names = {key.field for key in get_record(Image).keys if not key.kinds or kind.kind in key.kinds} - {""}
    assert names == {field.name for field in dataclasses.fields(kind)} - {"name", "origin"}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_no_key_is_declared_twice(record: ConfigRecord) -> None:
    names = [key.name for key in record.keys]
    assert sorted(set(names)) == sorted(names)


def test_the_words_of_the_kinds_of_image_are_all_different() -> None:
    assert len({kind.kind for kind in IMAGE_KINDS}) == len(IMAGE_KINDS) >= 8


def test_every_definition_that_is_pointed_at_is_there() -> None:
    text = json_schema.format_schema()
    definitions = json_schema.make_schema()["$defs"]
    pointed = {pointer.split('"')[0] for pointer in text.split("#/$defs/")[1:]}
    assert pointed == set(definitions)


def test_the_config_with_every_key_has_every_key_of_variants() -> None:
    assert [key.name for key in get_record(Variant).keys if f"    {key.name}:" not in EVERYTHING] == []
