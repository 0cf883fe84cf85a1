"""Which tests a source package brings, and what they need."""

from __future__ import annotations

import pytest

from composelib.archive.format.stanza import StanzaError
from composelib.building.test_control import PackageTest, expand_clauses, read_tests

CONTROL = b"""\
# a comment
Tests: one
  two
# another
Depends: @, gcc | clang [arm64], jq (>= 1),
 broken (, @builddeps@

Test-Command: true

Tests: machine
Restrictions: allow-stderr, isolation-machine

Tests: built
Restrictions: build-needed
Depends:
"""
WORDS = {"@": ("hello (= 1)",), "@builddeps@": ("debhelper",)}


def test_tests_that_need_a_machine_of_their_own_are_left_out() -> None:
    assert read_tests(CONTROL) == [
        PackageTest(("@", "gcc | clang [arm64]", "jq (>= 1)", "broken (", "@builddeps@")),
        PackageTest(("@",)),
        PackageTest(("@builddeps@",)),
    ]


def test_a_test_needs_what_its_clauses_come_to_on_the_arch() -> None:
    (test, *_) = read_tests(CONTROL)
    assert expand_clauses(test, WORDS, "amd64") == ["hello (= 1)", "gcc", "jq (>= 1)", "debhelper"]
    assert expand_clauses(test, WORDS, "arm64")[1] == "gcc | clang"


@pytest.mark.parametrize("text", [b"Depends: hello\n", b"no field\n", b"Tests: a\nTests: b\n"])
def test_a_malformed_description_is_an_error(text: bytes) -> None:
    with pytest.raises(StanzaError):
        read_tests(text)


def test_a_package_without_tests_has_none() -> None:
    assert read_tests(b"") == read_tests(b"\n") == []
