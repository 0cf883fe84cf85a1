"""Also covers: composelib.config.generated.reference."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from composelib.config.generated import json_schema, reference
from composelib.config.keys.compose import RECORDS
from composelib.config.keys.record import Record
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.image import IMAGE_KINDS, Customize, ExtraFile, Image, User
from composelib.model.release import Base, Release
from composelib.model.variant import Addon, Multiarch, Variant
from tests.config.test_any_config import EVERYTHING

MODELS = {
    "compose": Compose,
    "release": Release,
    "base": Base,
    "archive": Archive,
    "variant": Variant,
    "customize": Customize,
    "user": User,
    "multiarch": Multiarch,
    "addon": Addon,
    "extra-file": ExtraFile,
}
NO_KEYS = {"name", "origin", "config", "build", "offline", "locked", "digest", "selection"}
RENAMED = {
    ("image", "from"): "origin_image",
    ("compose", "include"): "files",
    ("compose", "groups"): "",
    ("variant", "extends"): "",
    ("variant", "optional"): "",
}


def test_the_committed_schema_is_the_declared_one() -> None:
    assert Path("composes/schema.json").read_text() == json_schema.text(), "run: doit schema"


def test_the_committed_reference_is_the_declared_one() -> None:
    page = Path("docs/config.md").read_text()
    assert page == reference.with_tables(page), "run: doit schema"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_every_key_says_what_it_means_in_a_sentence(record: Record) -> None:
    assert all(key.doc.endswith(".") for key in record.keys)


def names_of_keys(record: Record, kind: str = "") -> set[str]:
    keys = [key for key in record.keys if not (kind and key.only) or kind in key.only]
    return {RENAMED.get((record.name, key.name), key.field) for key in keys} - {""}


def names_of_fields(kind: type) -> set[str]:
    return {field.name for field in dataclasses.fields(kind)}


@pytest.mark.parametrize(("name", "kind"), MODELS.items())
def test_every_key_has_its_field_and_every_field_its_key(name: str, kind: type) -> None:
    record = next(record for record in RECORDS if record.name == name)
    assert names_of_fields(kind) - names_of_keys(record) <= NO_KEYS
    assert names_of_keys(record) <= names_of_fields(kind)


@pytest.mark.parametrize("kind", IMAGE_KINDS, ids=lambda kind: kind.kind)
def test_every_kind_of_image_has_the_fields_of_its_keys(kind: type[Image]) -> None:
    record = next(record for record in RECORDS if record.name == "image")
    assert names_of_fields(kind) - names_of_keys(record, kind.kind) <= NO_KEYS
    assert names_of_keys(record, kind.kind) - {"kind"} <= names_of_fields(kind)


def test_every_definition_that_is_pointed_at_is_there() -> None:
    text = json_schema.text()
    known = json_schema.document()["$defs"]
    pointed = {part.split('"')[0] for part in text.split("#/$defs/")[1:]}
    assert pointed == set(known)


def test_the_config_with_every_key_has_every_key_of_variants() -> None:
    record = next(record for record in RECORDS if record.name == "variant")
    assert [key.name for key in record.keys if f"    {key.name}:" not in EVERYTHING] == []
