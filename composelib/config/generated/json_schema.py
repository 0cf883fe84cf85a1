"""The config's keys as JSON Schema (2020-12), for editors."""

from __future__ import annotations

import json
from typing import Any

from composelib.config.checks.builder import list_builder_words
from composelib.config.keys.record import ConfigRecord, get_record, list_records
from composelib.config.keys.scalars import UNITS
from composelib.model.compose import Compose
from composelib.model.image_traits import Image
from composelib.model.keys.arches import ARCHES
from composelib.model.keys.declaration import ConfigKey
from composelib.model.keys.package_entry import Import, PackageEntry
from composelib.model.keys.value_types import (
    Arch,
    BuilderName,
    Choice,
    DscEntry,
    Duration,
    FilePath,
    Flag,
    ListOf,
    MapOf,
    Number,
    Rate,
    RecordOf,
    Size,
    SourceFolder,
    Text,
    TextMap,
    TrueOr,
    ValueType,
    get_record_name,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def make_schema() -> Schema:
    """Return the schema of a config file. Included files may have the required keys, so the file itself needs none."""
    compose, *records = list_records(get_record(Compose))
    top = record_schema(compose)
    top.pop("required")
    definitions = {record.name: record_schema(record) for record in records}
    definitions[get_record_name(Image)].pop("required")  # an extending variant's image has the kind of its base's
    return {"$schema": DIALECT, "title": "deb-compose", **top, "$defs": dict(sorted(definitions.items()))}


def format_schema() -> str:
    """Return the text of the schema's file."""
    return json.dumps(make_schema(), indent=1, ensure_ascii=False) + "\n"


def record_schema(record: ConfigRecord) -> Schema:
    """Return the schema of a record."""
    required = [key.name for key in record.keys if key.required]
    return {
        "type": "object",
        "description": record.doc,
        "properties": {key.name: key_schema(key) for key in record.keys},
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def key_schema(key: ConfigKey) -> Schema:
    """Return the schema of a key: its value's, what it is for, and its default."""
    default = {} if key.default is None else {"default": key.default}
    return {**value_schema(key.value_type), "description": key.doc, **default}


def value_schema(value_type: ValueType[Any]) -> Schema:
    """Return the schema of a type of value."""
    match value_type:
        case RecordOf(model=model):
            return reference_to(model)
        case ListOf(item=item, may_be_empty=may_be_empty, single=single):
            items = {"type": "array", "items": value_schema(item), **({} if may_be_empty else {"minItems": 1})}
            return {"anyOf": [value_schema(item), items]} if single else items
        case MapOf() | TextMap():
            return mapping_schema(value_type)
        case TrueOr(value=value):
            return {"anyOf": [{"type": "boolean"}, value_schema(value)]}
        case PackageEntry(excluding=excluding):
            entry: Schema = {"type": "string", "minLength": 1}
            return entry if excluding else {"anyOf": [entry, reference_to(Import)]}
        case _:
            return scalar_schema(value_type)


def scalar_schema(value_type: ValueType[Any]) -> Schema:
    """Return the schema of a type of single value."""
    match value_type:
        case Text():
            return text_schema(value_type)
        case Flag():
            return {"type": "boolean"}
        case Number(low=low, high=high):
            return {"type": "integer", "minimum": low, "maximum": high}
        case Size() | Rate() | Duration():
            return quantity_schema(value_type)
        case FilePath() | DscEntry() | SourceFolder():
            return {"type": "string", "minLength": 1}
        case _:
            return {"enum": schema_words(value_type)}


def quantity_schema(value_type: Size | Rate | Duration) -> Schema:
    """Return the schema of a number with a unit."""
    if isinstance(value_type, Duration):
        pattern = r"^0*[1-9]\d{0,5}[smh]?$"
    else:
        pattern = rf"^\d{{1,15}}(\.\d{{1,9}})? ?({'|'.join(UNITS)})?$"
    if isinstance(value_type, Rate):
        return {"type": "string", "pattern": pattern.replace("$", "/s$")}
    return {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": pattern}]}


def schema_words(value_type: ValueType[Any]) -> list[Any]:
    """Return the values of a type that has a few words. YAML 1.1 takes a bare `off` for false."""
    match value_type:
        case Choice(words=words):
            return [*words, *([False] if "off" in words else [])]
        case BuilderName():
            return list(list_builder_words())
        case Arch():
            return sorted(ARCHES)
        case _:
            raise NotImplementedError(f"no schema for {value_type}")


def text_schema(value_type: Text) -> Schema:
    """Return the schema of a text; a number or truth value of YAML is a text, too."""
    if value_type.pattern == r".+":
        return {"type": ["string", "number", "boolean"]}
    return {"anyOf": [{"type": "string", "pattern": f"^(?:{value_type.pattern})$"}, {"type": ["number", "boolean"]}]}


def mapping_schema(value_type: MapOf[Any] | TextMap) -> Schema:
    """Return the schema of a mapping from names."""
    names = {"pattern": f"^(?:{value_type.name})$"}
    if isinstance(value_type, TextMap):
        text = scalar_schema(value_type.text)
        texts = {"type": "object", "propertyNames": names, "additionalProperties": text}
        return {"anyOf": [text, texts]} if value_type.alone else texts
    return {
        "type": "object",
        "propertyNames": names,
        "additionalProperties": value_schema(value_type.value),
        **({} if value_type.may_be_empty else {"minProperties": 1}),
    }


def reference_to(model: type) -> Schema:
    """Return a pointer to the definition of a record."""
    return {"$ref": f"#/$defs/{get_record_name(model)}"}
