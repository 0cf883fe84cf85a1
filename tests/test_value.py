import dataclasses
import pickle
from dataclasses import field
from typing import Any

import pytest

from composelib.value import dataclass


@dataclass(frozen=True)
class Place:
    """A class as the program has them."""

    name: str
    line: int = 1
    parts: list[str] = field(default_factory=list)
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Inner(Place):
    depth: int = 0


@dataclass(frozen=True)
class Spot:
    name: str
    at: tuple[int, int]


@dataclasses.dataclass(frozen=True)
class Plain:
    name: str
    line: int = 1
    parts: list[str] = field(default_factory=list)
    content: bytes = field(default=b"", repr=False)


def test_values_are_given_by_place_and_by_name() -> None:
    place = Place("a", line=3)
    assert (place.name, place.line, place.parts, place.content) == ("a", 3, [], b"")


def test_what_is_missing_and_what_is_too_much_is_a_type_error() -> None:
    make: Any = Place
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'name'"):
        make()
    with pytest.raises(TypeError, match="colour"):
        make("a", colour=1)


def test_a_default_that_is_made_is_made_for_each() -> None:
    assert Place("a").parts is not Place("a").parts


def test_a_value_cannot_be_changed() -> None:
    place: Any = Place("a")
    with pytest.raises(dataclasses.FrozenInstanceError, match="name"):
        place.name = "b"
    with pytest.raises(dataclasses.FrozenInstanceError, match="name"):
        del place.name
    assert place.name == "a"


def test_equal_values_of_one_class_are_equal_and_hash_alike() -> None:
    plain: Any = Plain("a")
    assert Place("a") == Place("a")
    assert Place("a") != Place("b")
    assert Place("a") != plain
    assert {Spot("a", (1, 2)): 1}[Spot("a", (1, 2))] == 1
    with pytest.raises(TypeError, match="unhashable"):
        hash(Place("a"))


def test_it_is_shown_as_dataclasses_shows_it() -> None:
    assert repr(Place("a", 2, content=b"long")) == repr(Plain("a", 2, content=b"long")).replace("Plain", "Place")


def test_dataclasses_own_functions_take_it() -> None:
    place = Place("a", parts=["x"])
    assert dataclasses.asdict(place) == dataclasses.asdict(Plain("a", parts=["x"]))
    assert dataclasses.replace(place, line=5) == Place("a", 5, ["x"])
    assert [each.name for each in dataclasses.fields(Inner)] == ["name", "line", "parts", "content", "depth"]


def test_a_subclass_has_the_fields_of_both() -> None:
    assert Inner("a", depth=2) == Inner("a", 1, [], b"", 2)
    assert Inner("a") != Place("a")


def test_it_is_sent_between_processes() -> None:
    assert pickle.loads(pickle.dumps(Inner("a", depth=2))) == Inner("a", depth=2)  # noqa: S301 - our own bytes


def test_a_match_statement_takes_it_apart() -> None:
    match Place("a", 7):
        case Place("a", line):
            assert line == 7
        case _:
            pytest.fail("it did not match")


def test_a_class_may_say_itself_how_it_is_shown() -> None:
    @dataclass(frozen=True)
    class Loud:
        name: str

        def __repr__(self) -> str:
            return self.name.upper()

    assert repr(Loud("a")) == "A"


def test_other_dataclasses_are_made_as_dataclasses_makes_them() -> None:
    @dataclass(frozen=True, eq=False)
    class Single:
        name: str

    @dataclass
    class Growing:
        names: list[str] = field(default_factory=list)

    assert Single("a") != Single("a")
    growing = Growing()
    growing.names = ["a"]
    assert growing == Growing(["a"])
