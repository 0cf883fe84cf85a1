from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import ClassVar

import pytest

from composelib.model.keys.declaration import ConfigKey, key, list_own_keys
from composelib.model.keys.value_types import FilePath, Flag, ListOf, MapOf, Number, RecordOf, Text, TrueOr, ValueType

NAMES: ListOf[str] = ListOf(Text("a name"), "names")


@dataclass(frozen=True)
class Small:
    """A class with a key."""

    needed: str = key("What it needs.", Text("a text"), required=True)


@dataclass(frozen=True)
class Large(Small):
    """A class with keys of several sorts."""

    only_key: ClassVar[ConfigKey] = ConfigKey("A key without a field.", NAMES)

    plain_field: int = 3
    two_words: str = key("A key of two words.", Text("a text"), default="x")
    source_image: str = key("A renamed key.", Text("a text"), name="from")
    conditional: tuple[str, ...] = key("A key with a condition.", NAMES, default=("main",), only_with=("from",))
    converted: int = key("A converted key.", NAMES, convert=len)
    small: Small = field(default_factory=lambda: Small("x"))


def test_a_class_has_its_own_keys_in_the_order_of_their_declarations() -> None:
    assert [(key.name, key.field) for key in list_own_keys(Large)] == [
        ("only-key", ""),
        ("two-words", "two_words"),
        ("from", "source_image"),
        ("conditional", "conditional"),
        ("converted", "converted"),
    ]


def test_a_required_key_is_a_field_without_a_default() -> None:
    with pytest.raises(TypeError, match="needed"):
        Small()


def test_a_default_of_a_key_is_that_of_the_field() -> None:
    assert Large("x").two_words == "x"


def test_a_field_whose_key_has_a_condition_is_empty_by_default() -> None:
    assert Large("x").conditional == ()


def test_a_key_without_a_field_is_no_field() -> None:
    assert "only_key" not in {field.name for field in fields(Large)}


@pytest.mark.parametrize(
    ("value_type", "empty"),
    [
        (Text("a text"), ""),
        (Flag(), False),
        (Number(1, 9), None),
        (FilePath("file"), None),
        (NAMES, ()),
        (MapOf(NAMES, "group"), ()),
        (TrueOr(NAMES), ()),
        (RecordOf(Small), None),
    ],
)
def test_a_field_is_empty_as_its_type_of_value_has_it(value_type: ValueType[object], empty: object) -> None:
    @dataclass(frozen=True)
    class Holder:
        value: object = key("A value.", value_type)

    assert Holder().value == empty


def test_a_path_may_be_declared_by_the_type_of_the_field() -> None:
    @dataclass(frozen=True)
    class Holder:
        file: Path | None = key("A file.", FilePath("file"))

    assert Holder(Path("x")).file == Path("x")
