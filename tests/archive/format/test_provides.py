"""The field Provides."""

from __future__ import annotations

import time

import pytest

from composelib.archive.format.provides import parse_provided
from composelib.archive.format.stanza import StanzaError


@pytest.mark.parametrize(
    ("value", "provided"),
    [
        ("a, b (= 1), c:i386 ( =2 ),", [("a", ""), ("b", "1"), ("c:i386", "2")]),
        ("a (>= 1), b (= =1), c (=), d (1)", [("b", "=1")]),
    ],
)
def test_a_name_is_provided_by_itself_or_in_just_one_version(value: str, provided: list[tuple[str, str]]) -> None:
    assert list(parse_provided(value)) == provided


@pytest.mark.parametrize("clause", ["a ()", "a (= 1", "a b", "(= 1)", "a (= 1 2)"])
def test_what_is_no_name_is_an_error(clause: str) -> None:
    with pytest.raises(StanzaError, match="is not a package name with or without a version"):
        list(parse_provided(clause))


def test_a_clause_that_does_not_end_takes_no_longer_than_another() -> None:
    began = time.process_time()
    with pytest.raises(StanzaError):
        list(parse_provided(f"a ({'=' * 20_000}"))
    assert time.process_time() - began < 1
