"""Tests of composelib.dataclass beside the standard library's."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import field
from typing import Any

import pytest

from composelib.dataclass import dataclass

DECORATORS = (dataclass, dataclasses.dataclass)


def describe_suite(decorate: Callable[..., Any], **options: Any) -> Any:
    """Return a class of suites, decorated."""

    class Suite:
        name: str
        components: tuple[str, ...] = ()
        line: int = field(default=0, compare=False, repr=False)

    return decorate(**options)(Suite)


@pytest.mark.parametrize("decorate", DECORATORS)
def test_values_are_equal_if_the_compared_fields_are(decorate: Callable[..., Any]) -> None:
    suite = describe_suite(decorate, frozen=True)
    assert suite("trixie", line=1) == suite("trixie", line=2)
    assert suite("trixie") != suite("sid")
    assert suite("trixie") != ("trixie", (), 0)
    assert len({suite("trixie", line=1), suite("trixie", line=2), suite("sid")}) == 2


@pytest.mark.parametrize("decorate", DECORATORS)
def test_values_of_a_derived_class_are_never_equal_to_its_parents(decorate: Callable[..., Any]) -> None:
    suite = describe_suite(decorate, frozen=True)
    derived = decorate(frozen=True)(type("Derived", (suite,), {}))
    assert derived("trixie") == derived("trixie") != suite("trixie")


def test_the_text_of_a_value_is_the_standard_librarys() -> None:
    ours, theirs = (repr(describe_suite(decorate)("trixie", ("main",))) for decorate in DECORATORS)
    assert ours == theirs == "describe_suite.<locals>.Suite(name='trixie', components=('main',))"


@pytest.mark.parametrize("decorate", DECORATORS)
def test_a_frozen_value_cannot_be_changed(decorate: Callable[..., Any]) -> None:
    value = describe_suite(decorate, frozen=True)("trixie")
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.name = "sid"


@pytest.mark.parametrize("decorate", DECORATORS)
def test_a_value_that_can_be_changed_has_no_hash(decorate: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(describe_suite(decorate)("trixie"))


@pytest.mark.parametrize("decorate", DECORATORS)
def test_what_a_class_defines_itself_stays(decorate: Callable[..., Any]) -> None:
    class Package:
        name: str

        def __repr__(self) -> str:
            return self.name

        def __hash__(self) -> int:
            return 1

    package: Any = decorate(frozen=True)(Package)
    assert repr(package("hello")) == "hello"
    assert hash(package("hello")) == 1


@pytest.mark.parametrize("decorate", DECORATORS)
def test_ordered_values_are_compared_in_the_order_of_their_fields(decorate: Callable[..., Any]) -> None:
    suite = describe_suite(decorate, frozen=True, order=True)
    assert suite("sid") < suite("trixie")
