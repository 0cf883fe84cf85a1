from __future__ import annotations

import json

import pytest

from composelib.fetch.accepted_suite import AcceptedSuite, dump, list_bases, load

SUITE = AcceptedSuite(
    "stable", "http://x/", "http://x/dists/stable/", "http://x/dists/stable/InRelease", "ab", 1, 2, signers=("k",)
)


def test_suites_are_read_back_in_their_order() -> None:
    second = AcceptedSuite("extra", "http://y/", "http://y/", "http://y/Release", "cd", 3)
    assert list(load(dump([SUITE, second])).values()) == [SUITE, second]


def test_keys_of_a_later_version_of_the_program_are_skipped() -> None:
    document = json.loads(dump([SUITE]))
    document["suites"][0]["new"] = 1
    assert load(json.dumps(document)) == {"stable": SUITE}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2, "suites": []}', '{"version": 1, "suites": [{}]}'])
def test_any_other_format_is_an_error(text: str) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        load(text)


def test_a_base_of_two_suites_counts_once() -> None:
    assert list_bases([SUITE, SUITE, AcceptedSuite("z", "http://y/", "", "", "", 1)]) == ("http://x/", "http://y/")
