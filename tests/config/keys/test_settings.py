from __future__ import annotations

from dataclasses import dataclass

from composelib.config.keys.settings import Settings
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import Flag, ListOf, MapOf, Number, RecordOf, Text
from composelib.model.origin import Origin
from tests.config.keys.conftest import read

TEXTS = ListOf(Text("a room"), "rooms")


@dataclass(frozen=True)
class Wall:
    """A wall."""

    height: int = key("Its height.", Number(1, 99))
    papers: tuple[str, ...] = key("Its papers.", TEXTS)


@dataclass(frozen=True)
class Flat:
    """A flat."""

    colour: str = key("Its colour.", Text("a colour"), default="white")
    rooms: tuple[str, ...] = key("Its rooms.", TEXTS, default=(), appended=True)
    keys: tuple[str, ...] = key("Its keys.", TEXTS)
    walls: tuple[Wall, ...] = key("Its walls.", MapOf(RecordOf(Wall), "wall"))
    lift: bool = key("With `rooms`: whether it has a lift.", Flag(), default=False, only_with=("rooms",))


def settings(text: str) -> Settings:
    reading = read(RecordOf(Flat), text)
    assert not reading.faults
    value: Settings = reading.value
    return value


def test_a_key_that_is_not_written_has_its_default_or_what_its_type_has() -> None:
    flat = settings("{colour: red}")
    assert (flat["colour"], flat["rooms"], flat["keys"], flat["walls"]) == ("red", (), (), {})
    assert settings("{keys: [a]}")["colour"] == "white"


def test_a_key_that_is_not_written_has_the_origin_of_its_record() -> None:
    flat = settings("{colour: red}")
    assert flat.origin_of("colour") == Origin("c.yaml", 1, 5)
    assert flat.origin_of("rooms") == flat.origin == Origin("c.yaml", 1, 4)


def test_the_path_of_a_key_is_below_its_records() -> None:
    flat = settings("{colour: red}")
    assert flat.path_of("colour") == "k.colour"
    assert Settings(flat.record, flat.origin, "", {}, {}).path_of("colour") == "colour"


def test_a_key_applies_beside_those_that_give_it_a_meaning() -> None:
    flat = settings("{colour: red}")
    assert not flat.applies(flat.record.key("lift"))
    assert flat.applies(flat.record.key("colour"))
    assert settings("{rooms: [hall]}").applies(flat.record.key("lift"))


def test_the_settings_within_are_those_of_mappings_too() -> None:
    flat = settings("{walls: {north: {height: 2}, south: {height: 3}}}")
    assert [wall["height"] for wall in flat.inner()] == [2, 3]


def test_what_is_written_above_replaces_what_is_below() -> None:
    flat = settings("{colour: red, keys: [a]}").over(settings("{colour: green, keys: [b], rooms: [hall]}"))
    assert (flat["colour"], flat["keys"], flat["rooms"]) == ("red", ("a",), ("hall",))


def test_a_list_that_is_appended_comes_after_the_one_below_and_repeats_nothing() -> None:
    flat = settings("{rooms: [bath, hall]}").over(settings("{rooms: [hall, attic]}"))
    assert flat["rooms"] == ("hall", "attic", "bath")


def test_records_in_mappings_are_laid_over_each_other_key_by_key() -> None:
    above = settings("{walls: {north: {height: 9}, east: {height: 1}}}")
    flat = above.over(settings("{walls: {north: {height: 2, papers: [a]}, south: {height: 3}}}"))
    assert {name: (wall["height"], wall["papers"]) for name, wall in flat["walls"].items()} == {
        "north": (9, ("a",)),
        "south": (3, ()),
        "east": (1, ()),
    }
