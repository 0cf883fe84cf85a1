"""A key that is declared beside a field is read, has its default, is built, and is in the schema: nothing else is written."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from composelib.config.build_model import build_record
from composelib.config.generated.json_schema import record_schema
from composelib.config.generated.reference import format_section
from composelib.config.keys.read_value import read_value
from composelib.config.keys.record import get_record, list_records
from composelib.config.keys.settings import Settings
from composelib.config.yaml.problems import Problems
from composelib.config.yaml.reader import parse
from composelib.model.compose import Compose
from composelib.model.image import IMAGE_KINDS
from composelib.model.image_traits import Image
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import Choice, Flag, ListOf, MapOf, RecordOf, Size, Text, TrueOr
from composelib.model.origin import Origin


@dataclass(frozen=True)
class Door:
    """A door."""

    name: str
    origin: Origin
    open: bool = key("Whether it is open.", Flag(), default=False)
    width: int = key("How wide it is.", Size())
    bell: str = key("What rings.", TrueOr(Text("a sound"), true="ding"), default=False)


@dataclass(frozen=True)
class House:
    """A house."""

    colour: str = key("Its colour.", Choice(("red", "green")), default="green")
    shade: str = key("With `colour`: its shade.", Text("a shade"), default="dark", only_with=("colour",))
    doors: tuple[Door, ...] = key("Its doors.", MapOf(RecordOf(Door), "door"))
    rooms: int = key("Its rooms.", ListOf(Text("a room"), "rooms"), convert=len)


def read(text: str) -> Settings:
    problems = Problems()
    node = parse(text.encode(), "house.yaml", problems)
    assert node is not None
    settings: Settings = read_value(RecordOf(House), node, "", problems)
    assert not problems
    return settings


def test_what_is_not_written_is_as_the_class_has_it() -> None:
    assert build_record(read("doors: {front: {}}\n")) == House(doors=(Door("front", Origin("house.yaml", 1, 16)),))


def test_what_is_written_is_built_with_its_origin() -> None:
    house = build_record(
        read("colour: red\nrooms: [hall, bath]\ndoors: {front: {open: yes, width: 2kB, bell: true}}\n")
    )
    door = Door("front", Origin("house.yaml", 3, 16), open=True, width=2000, bell="ding")
    assert house == House(colour="red", shade="dark", doors=(door,), rooms=2)


def test_a_key_has_no_value_without_the_key_that_gives_it_a_meaning() -> None:
    assert build_record(read("rooms: [hall]\n")).shade == ""
    assert build_record(read("colour: green\n")).shade == "dark"


def test_a_class_is_in_the_schema_by_its_declarations() -> None:
    properties = record_schema(get_record(House))["properties"]
    assert properties["colour"] == {"enum": ["red", "green"], "description": "Its colour.", "default": "green"}
    assert properties["doors"]["additionalProperties"] == {"$ref": "#/$defs/door"}
    assert [record.name for record in list_records(get_record(House))] == ["house", "door"]


def test_a_class_is_in_the_reference_by_its_declarations() -> None:
    assert "| `colour` | red \\| green | `green` | Its colour. |" in format_section(get_record(House))


@pytest.mark.parametrize("kind", IMAGE_KINDS, ids=lambda kind: kind.kind)
def test_a_key_of_some_kinds_of_image_names_these(kind: type[Image]) -> None:
    keys = get_record(Image).keys
    assert {key.field for key in keys if key.kinds and kind.kind not in key.kinds}.isdisjoint(
        kind.__dataclass_fields__  # the names of the kind's fields
    )


def test_every_default_is_what_reading_it_gives() -> None:
    for record in list_records(get_record(Compose)):
        for declared in record.keys:
            if declared.default in (None, (), {}):
                continue
            default = [*declared.default] if isinstance(declared.default, tuple) else declared.default
            text = f"x: {str(default).lower() if isinstance(default, bool) else repr(default)}\n"
            problems = Problems()
            node = parse(text.encode(), "x.yaml", problems)
            assert node is not None
            (value,) = node.entries.values()
            assert read_value(declared.value_type, value, "x", problems) == declared.default
            assert not problems
