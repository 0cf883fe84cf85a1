"""The declaration of a config key: its reader, default, field, JSON schema and reference all come from it."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import field
from typing import Any, TypeVar, overload

from composelib.dataclass import dataclass
from composelib.model.keys.value_types import ValueType

T = TypeVar("T")
U = TypeVar("U")
METADATA = "key"


@dataclass(frozen=True)
class ConfigKey:
    """The declaration of a key."""

    doc: str
    value_type: ValueType[Any]
    name: str = ""
    """The word in the config; the field's with `-` for `_` unless declared otherwise."""
    field: str = ""
    """The field of the model; empty for a key that has none."""
    default: Any = None
    """The value of a key that is not written; None where `doc` says it."""
    required: bool = False
    only_with: tuple[str, ...] = ()
    """The keys of which at least one has to be written for this one to have a meaning; empty if it always has."""
    appended: bool = False
    """Whether an extending variant's list comes after its base's instead of replacing it."""
    stage: str = ""
    """The stage that the key needs, where that is not one of the image's own."""
    convert: Callable[[Any], Any] | None = None
    """Converts the value that the value type yields to that of the field."""
    kinds: tuple[str, ...] = ()
    """The kinds of image that have the key; empty for all."""


@overload
def key(
    doc: str,
    value_type: ValueType[T],
    *,
    name: str = ...,
    default: Any = ...,
    required: bool = ...,
    only_with: tuple[str, ...] = ...,
    appended: bool = ...,
    stage: str = ...,
    empty: Any = ...,
    explicit: bool = ...,
) -> T: ...
@overload
def key(doc: str, value_type: ValueType[T], *, convert: Callable[[T], U], only_with: tuple[str, ...] = ...) -> U: ...
def key(doc: str, value_type: ValueType[Any], *, empty: Any = None, explicit: bool = False, **declared: Any) -> Any:
    """Declare a field of a model's dataclass that is a key of the config.

    The field's own default is the key's, or else `empty`, or else the empty value of the value type; a field that is
    required or `explicit` has none.
    """
    declaration = ConfigKey(doc, value_type, **declared)
    metadata = {METADATA: declaration}
    if declaration.required or explicit:
        return field(metadata=metadata)
    if declaration.default in (None, False, {}) or declaration.only_with:
        return field(default=value_type.empty if empty is None else empty, metadata=metadata)
    return field(default=declaration.default, metadata=metadata)


def list_own_keys(model: type) -> tuple[ConfigKey, ...]:
    """Return the keys that a class declares itself, in their order: its fields, and class variables without a field."""
    fields = {field.name: field for field in dataclasses.fields(model)} if dataclasses.is_dataclass(model) else {}
    keys = []
    for name in inspect.get_annotations(model):
        is_field = name in fields
        declared = fields[name].metadata.get(METADATA) if is_field else getattr(model, name, None)
        if isinstance(declared, ConfigKey):
            word = declared.name or name.replace("_", "-")
            keys.append(dataclasses.replace(declared, name=word, field=name if is_field else ""))
    return tuple(keys)
