from __future__ import annotations

import pytest

from composelib.model.keys.value_types import ListOf, MapOf, Number, Text, TextMap, TrueOr
from tests.config.keys.conftest import read

ROOMS = ListOf(Text("a room", r"[a-z]+"), "rooms")
DOORS = MapOf(Number(1, 9), "door")


def test_a_list_keeps_the_order_of_its_items() -> None:
    assert read(ROOMS, "[hall, bath]").value == ("hall", "bath")


def test_a_wrong_item_is_left_out_and_told_with_its_position() -> None:
    reading = read(ROOMS, "[hall, '7', bath]")
    assert reading.value == ("hall", "bath")
    assert reading.faults == ["11: k[1]: expected a room, got '7'"]


def test_a_word_that_is_no_list_is_answered_with_one() -> None:
    assert read(ROOMS, "hall").faults == ["4: k: expected a list of rooms, got 'hall'; write [hall]"]


def test_an_empty_list_is_refused_unless_the_type_has_those() -> None:
    assert "got an empty one" in read(ROOMS, "[]").faults[0]
    assert read(ListOf(Text("a room"), "rooms", may_be_empty=True), "[]").value == ()


def test_an_item_that_is_there_twice_is_told_at_the_second() -> None:
    assert read(ROOMS, "[hall, hall]").faults == ["11: k[1]: 'hall' is already in the list; remove it"]


def test_a_mapping_has_a_value_for_each_name() -> None:
    assert read(DOORS, "{front: 1, back: 2}").value == {"front": 1, "back": 2}


def test_a_wrong_value_is_left_out_and_told_with_its_name() -> None:
    reading = read(DOORS, "{front: 10, back: 2}")
    assert reading.value == {"back": 2}
    assert reading.faults == ["12: k.front: expected a whole number from 1 to 9, got '10'"]


def test_an_empty_mapping_is_refused_unless_the_type_has_those() -> None:
    assert read(DOORS, "{}").faults == ["4: k: there is no door; name at least one"]
    assert read(MapOf(Number(1, 9), "door", may_be_empty=True), "{}").value == {}


@pytest.mark.parametrize(("singular", "words"), [("door", "a door"), ("arch", "an arch"), ("user", "a user")])
def test_a_name_that_cannot_be_a_files_is_refused(singular: str, words: str) -> None:
    reading = read(MapOf(Number(1, 9), singular), "{a/b: 1}")
    assert reading.value == {}
    assert reading.faults[0].startswith(f"5: k: 'a/b' cannot be the name of {words}; ")


def test_names_that_differ_only_in_case_are_refused() -> None:
    assert read(DOORS, "{front: 1, FRONT: 2}").faults == [
        "15: k: 'FRONT' and 'front' on line 1 differ only in case; rename one of them"
    ]


@pytest.mark.parametrize(("text", "value"), [("true", True), ("no", False), ("[hall]", ("hall",))])
def test_a_truth_value_may_stand_for_a_value(text: str, value: object) -> None:
    assert read(TrueOr(ROOMS), text).value == value


def test_a_quoted_word_is_no_truth_value() -> None:
    assert read(TrueOr(Text("a line")), '"true"').value == "true"


def test_a_word_where_a_list_or_a_truth_value_belongs_is_refused_with_all_three() -> None:
    assert read(TrueOr(ROOMS), "hall").faults == ["4: k: expected true, false or a list of rooms, got 'hall'"]


@pytest.mark.parametrize(
    ("text", "value"), [("hall", "hall"), ("{east: hall, west: cellar}", {"east": "hall", "west": "cellar"})]
)
def test_a_text_may_stand_alone_for_all_names(text: str, value: object) -> None:
    assert read(TextMap("wing", r"[a-z]+", Text("a room", r"[a-z]+"), alone=True), text).value == value


def test_elsewhere_a_text_is_no_mapping() -> None:
    assert read(TextMap("wing", r"[a-z]+"), "hall").faults == [
        "4: k: expected a mapping of wing names to texts, got 'hall'"
    ]
