"""Mappings with known keys: how each key is declared, and what is read of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from composelib.config.keys.types import INVALID, Kind, Schema, wrong
from composelib.config.yaml.nodes import Mapping, Node, Scalar, Word
from composelib.config.yaml.problems import Problems, did_you_mean
from composelib.model.origin import Origin

ANY: Any = object()


@dataclass(frozen=True)
class Key:
    """A key's one declaration: reading, defaults, the JSON schema and the reference are all made from it."""

    name: str
    kind: Kind
    doc: str
    default: Any = None
    """What a key that is not given stands for; None where `doc` says it."""
    required: bool = False
    only: tuple[str, ...] = ()
    """The kinds of image that have this key; empty for all."""
    stage: str = ""
    """The stage that does what the key asks for, where that is not the image's own."""
    unbuilt: tuple[Any, ...] = ()
    """Values that are refused because what does them is yet to be built: who builds it takes them out. ANY for all."""

    def is_built(self, value: Any, stages: frozenset[str]) -> bool:
        """Tell whether what a value asks for is there, in these stages."""
        if value == self.default or value is False:
            return True
        if (self.stage and self.stage not in stages) or ANY in self.unbuilt:
            return False
        return not any(one in self.unbuilt for one in (value if isinstance(value, tuple) else (value,)))

    @property
    def field(self) -> str:
        """The key's name in the model."""
        return self.name.replace("-", "_")


@dataclass(frozen=True)
class Record:
    """A mapping with known keys. As a kind of value it gives Settings."""

    name: str
    doc: str
    keys: tuple[Key, ...]

    @property
    def want(self) -> str:
        """Name what is wanted."""
        return f"a mapping with the keys of {self.name}"

    def key(self, name: str) -> Key:
        """Give the declaration of a key by its name."""
        return next(key for key in self.keys if key.name == name)

    def read(self, node: Node, path: str, problems: Problems) -> Any:
        """Give the keys that are there and right; unknown ones and wrong values are noted, absent ones are not."""
        if not isinstance(node, Mapping):
            return wrong(self, node, path, problems)
        known = {key.name: key for key in self.keys}
        values: dict[str, Any] = {}
        places: dict[str, Origin] = {}
        for name, value in node.entries.items():
            key = known.get(name)
            inner = f"{path}.{name}" if path else str(name)
            if key is None:
                problems.add(name.origin, inner, "unknown key", did_you_mean(name, known))
                continue
            places[key.name] = name.origin
            if isinstance(value, Scalar) and value.plain and not value.text:
                hint = f"{key.kind.want} is wanted, or leave the key out"
                problems.add(name.origin, inner, "has no value", hint)
                continue
            read = key.kind.read(value, inner, problems)
            if read is not INVALID:
                values[key.name] = read
        return Settings(self, node.origin, path, values, places)

    def schema(self) -> Schema:
        """Point at the record's definition."""
        return {"$ref": f"#/$defs/{self.name}"}

    def definition(self) -> Schema:
        """Give the record's own definition."""
        required = [key.name for key in self.keys if key.required]
        return {
            "type": "object",
            "description": self.doc,
            "properties": {key.name: property_schema(key) for key in self.keys},
            "additionalProperties": False,
            **({"required": required} if required else {}),
        }


def property_schema(key: Key) -> Schema:
    """Give a key's own schema: its kind's, what it is for and what it stands for when it is not given."""
    default = {} if key.default is None else {"default": plain(key.default)}
    return {**key.kind.schema(), "description": key.doc, **default}


@dataclass(frozen=True)
class Settings:
    """What is read of a record: values by key, and where each key stands."""

    record: Record
    origin: Origin
    path: str
    values: dict[str, Any]
    """Only of keys that are given and right."""
    places: dict[str, Origin]
    """Of all keys that are given."""

    def __getitem__(self, name: str) -> Any:
        """Give a key's value, or what the key stands for when it is not given."""
        return self.values.get(name, self.record.key(name).default)

    def given(self, name: str) -> bool:
        """Tell whether a key is there, rightly or wrongly."""
        return name in self.places

    def place(self, name: str) -> Origin:
        """Give where a key stands, or else where its record does."""
        return self.places.get(name, self.origin)

    def fields(self) -> dict[str, Any]:
        """Give all keys' values by their names in the model, Words as plain strings; records stay as they are."""
        return {key.field: plain(self[key.name]) for key in self.record.keys}

    def inner(self) -> Iterator[Settings]:
        """Give the records within this one."""
        for value in self.values.values():
            yield from found_in(value)

    def over(self, other: Settings, added: frozenset[str] = frozenset()) -> Settings:
        """Lay these settings over others of the same record; lists named in `added` are put after the others'."""
        values = {name: laid_over(value, other.values.get(name), name in added) for name, value in self.values.items()}
        return Settings(self.record, self.origin, self.path, other.values | values, other.places | self.places)


def found_in(value: Any) -> Iterator[Settings]:
    """Give the records that a value is or holds."""
    if isinstance(value, Settings):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from found_in(one)
    elif isinstance(value, tuple):
        for one in value:
            yield from found_in(one)


def laid_over(above: Any, below: Any, add: bool) -> Any:
    """Merge two values of one key as an extending variant's and its base's."""
    if isinstance(above, Settings) and isinstance(below, Settings):
        return above.over(below)
    if isinstance(above, dict) and isinstance(below, dict):
        return below | {name: laid_over(value, below.get(name), add=False) for name, value in above.items()}
    if add and isinstance(above, tuple) and isinstance(below, tuple):
        return below + tuple(item for item in above if item not in below)
    return above


def plain(value: Any) -> Any:
    """Give a value with its Words as plain strings."""
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    return value
