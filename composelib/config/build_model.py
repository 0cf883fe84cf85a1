"""Builds the model's values from checked settings: each class from the keys that are declared beside its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from composelib.config.keys.imported_list import ImportedWord
from composelib.config.keys.settings import Settings
from composelib.config.yaml.nodes import Word
from composelib.model.image import IMAGE_KINDS
from composelib.model.image_traits import Image
from composelib.model.keys.declaration import ConfigKey
from composelib.model.keys.package_entry import PackageEntry
from composelib.model.keys.value_types import ListOf, MapOf, TextMap, TrueOr, ValueType
from composelib.model.origin import Seed


def build_record(settings: Settings, **fields: Any) -> Any:
    """Return an object of the class whose keys the settings have; `fields` are the fields that are not keys."""
    model = get_model(settings)
    names = model.__dataclass_fields__
    for key in settings.record.keys:
        if key.field in names and is_meaningful(key, settings):
            fields[key.field] = build_field(key, settings[key.name])
    if "origin" in names:
        fields["origin"] = settings.origin
    value = model(**fields)
    return value.complete() if hasattr(value, "complete") else value


def get_model(settings: Settings) -> Any:
    """Return the class that settings are built into; an image's depends on its kind."""
    if settings.record.model is Image:
        return get_image_class(settings)
    return settings.record.model


def get_image_class(image: Settings) -> type[Image]:
    """Return the class of an image's kind."""
    return next(kind for kind in IMAGE_KINDS if kind.kind == image["kind"])


def is_meaningful(key: ConfigKey, settings: Settings) -> bool:
    """Return whether a key has a value here, so that the field does not take its own default."""
    return settings.applies(key) and (key.name in settings.values or key.default is not None)


def build_field(key: ConfigKey, value: Any) -> Any:
    """Return the value of a key's field."""
    built = build_value(key.value_type, value)
    return key.convert(built) if key.convert else built


def build_value(value_type: ValueType[Any], value: Any) -> Any:
    """Return the model's value for a value of a type: plain strings, Seeds and objects of its classes."""
    match value_type:
        case TrueOr(true=true, empty=empty) if isinstance(value, bool):
            return true if value else empty
        case TrueOr(value=inner_type):
            return build_value(inner_type, value)
        case ListOf(item=item_type):
            return tuple(build_value(item_type, item) for item in value)
        case MapOf() | TextMap():
            return build_entries(value_type, value)
        case PackageEntry():
            return build_seed(value)
        case _:
            return build_record(value) if isinstance(value, Settings) else make_plain(value)


def build_entries(value_type: MapOf[Any] | TextMap, entries: Mapping[str, Any] | Word) -> tuple[Any, ...]:
    """Return the model's values of a mapping from names: objects that have their name, or pairs of texts by name."""
    if isinstance(entries, Word):
        return (("", str(entries)),)
    if isinstance(value_type, TextMap):
        return tuple(sorted((str(name), str(text)) for name, text in entries.items()))
    return tuple(build_record(inner, name=str(name)) for name, inner in entries.items())


def build_seed(word: Word) -> Seed:
    """Return an entry of a list of packages, with what an imported list says of it."""
    if isinstance(word, ImportedWord):
        return Seed(str(word), word.origin, imported=True, recommends=word.recommends)
    return Seed(str(word), word.origin)


def make_plain(value: Any) -> Any:
    """Return a Word as a plain string, and anything else as it is."""
    return str(value) if isinstance(value, Word) else value
