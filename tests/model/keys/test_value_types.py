from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from composelib.model.keys.value_types import (
    NAME,
    Choice,
    FilePath,
    Flag,
    ListOf,
    MapOf,
    Number,
    RecordOf,
    Size,
    Text,
    TrueOr,
    ValueType,
    get_record_name,
)

ROOM = Text("a room")


@dataclass(frozen=True)
class GardenShed:
    """A shed."""


@pytest.mark.parametrize(
    ("value_type", "words"),
    [
        (ROOM, "a room"),
        (Choice(("red", "green")), "red | green"),
        (Flag(), "true | false"),
        (Number(1, 9), "a whole number from 1 to 9"),
        (Size(), "a size such as 650MiB or 4.7GB"),
        (FilePath("folder"), "a folder"),
        (ListOf(ROOM, "rooms"), "a list of rooms"),
        (MapOf(ROOM, "room"), "a mapping of room names to their keys"),
        (TrueOr(ROOM), "true, false or a room"),
        (RecordOf(GardenShed), "a mapping with the keys of garden-shed"),
    ],
)
def test_a_value_is_described_in_words(value_type: ValueType[Any], words: str) -> None:
    assert value_type.describe() == words


@pytest.mark.parametrize(
    ("value_type", "empty"),
    [
        (ROOM, ""),
        (Flag(), False),
        (Size(), 0),
        (Number(1, 9), None),
        (ListOf(ROOM, "rooms"), ()),
        (MapOf(ROOM, "room"), ()),
        (TrueOr(ROOM), ""),
    ],
)
def test_a_key_that_is_not_written_is_empty_in_the_model(value_type: ValueType[Any], empty: object) -> None:
    assert value_type.empty == empty


@pytest.mark.parametrize("name", ["dvd", "a.b", "1+1", "console", "x" * 64, "com10"])
def test_a_name_is_a_files_on_any_system(name: str) -> None:
    assert re.fullmatch(NAME, name)


@pytest.mark.parametrize("name", ["", ".hidden", "-x", "a/b", "a b", "CON", "nul.iso", "Com1.txt", "x" * 65])
def test_a_name_that_some_system_takes_otherwise_is_none(name: str) -> None:
    assert not re.fullmatch(NAME, name)


def test_a_records_name_has_hyphens_for_capitals() -> None:
    assert get_record_name(GardenShed) == "garden-shed"
