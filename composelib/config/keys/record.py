"""Records: mappings whose keys are declared beside the fields of a class of the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from composelib.dataclass import dataclass
from composelib.model.image import IMAGE_KINDS
from composelib.model.image_traits import Image
from composelib.model.keys.declaration import ConfigKey, list_own_keys
from composelib.model.keys.package_entry import Import, PackageEntry
from composelib.model.keys.value_types import Choice, ListOf, MapOf, RecordOf, TrueOr, ValueType, get_record_name


@dataclass(frozen=True, eq=False)
class ConfigRecord:
    """The keys of a mapping, as a class of the model declares them."""

    model: type
    keys: tuple[ConfigKey, ...]

    @property
    def name(self) -> str:
        """The record's name in the JSON schema and the reference."""
        return get_record_name(self.model)

    @property
    def doc(self) -> str:
        """What the record is, in a sentence."""
        return (self.model.__doc__ or "").partition("\n")[0]

    def key(self, name: str) -> ConfigKey:
        """Return a key by its name."""
        return next(key for key in self.keys if key.name == name)


@cache
def get_record(model: type) -> ConfigRecord:
    """Return the record that a class declares; that of images has the keys of all kinds."""
    if model is Image:
        return ConfigRecord(model, image_keys())
    return ConfigRecord(model, tuple(key for ancestor in reversed(model.__mro__) for key in list_own_keys(ancestor)))


def image_keys() -> tuple[ConfigKey, ...]:
    """Return the keys of images, each with the kinds that have it: first `kind`, then what kinds share, then the rest."""
    ancestors = dict.fromkeys(ancestor for kind in IMAGE_KINDS for ancestor in reversed(kind.__mro__))
    words = tuple(kind.kind for kind in IMAGE_KINDS)
    keys = [ConfigKey("The kind of image.", Choice(words), name="kind", required=True)]
    for ancestor in sorted(ancestors, key=lambda ancestor: ancestor in IMAGE_KINDS):
        kinds = tuple(kind.kind for kind in IMAGE_KINDS if issubclass(kind, ancestor))
        keys += [replace(key, kinds=() if kinds == words else kinds) for key in list_own_keys(ancestor)]
    return tuple(keys)


def list_records(record: ConfigRecord) -> tuple[ConfigRecord, ...]:
    """Return a record and all that its keys lead to, each once, in the order of the keys."""
    records = {record: None}
    for key in record.keys:
        for model in models_in(key.value_type):
            records |= dict.fromkeys(list_records(get_record(model)))
    return tuple(records)


def models_in(value_type: ValueType[Any]) -> Iterator[type]:
    """Yield the classes of the records that a value of a type is or holds."""
    match value_type:
        case RecordOf(model=model):
            yield model
        case ListOf(item=inner) | MapOf(value=inner) | TrueOr(value=inner):
            yield from models_in(inner)
        case PackageEntry(excluding=False):
            yield Import
