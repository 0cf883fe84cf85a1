"""Changes are put in an order in which each prefix can be composed, and halved."""

from __future__ import annotations

import pytest

from composelib.archive.explain.bisection import PackageFacts, PackageSwap, choose_next, order_swaps, parse_index
from composelib.archive.format.relation import parse_relations


def package(name: str, version: str = "1", depends: str = "", provides: str = "") -> PackageFacts:
    provided = ((provides, ""),) if provides else ()
    return PackageFacts(name, version, f"{name}{version}", provided, parse_relations(depends))


def upgrade(name: str, old: str = "", new: str = "") -> PackageSwap:
    """Return the change of a package from 1, which depends on `old`, to 2, which depends on `new`."""
    return PackageSwap((package(name, "1", old),), (package(name, "2", new),))


def test_changes_that_need_no_others_stay_in_order() -> None:
    assert order_swaps([upgrade("b", "base", "base"), upgrade("a")], [package("base")]) == [[0], [1]]


def test_what_a_new_package_needs_comes_first() -> None:
    swaps = [upgrade("app", "lib", "lib (>= 2)"), upgrade("lib"), upgrade("other", "", "extra"), added("extra")]
    assert order_swaps(swaps, []) == [[1], [3], [0], [2]]


def added(name: str) -> PackageSwap:
    return PackageSwap((), (package(name, "2"),))


def test_what_an_old_package_still_needs_goes_later() -> None:
    swaps = [PackageSwap((package("lib1"),), ()), upgrade("app", "lib1", "base")]
    assert order_swaps(swaps, [package("base")]) == [[1], [0]]


def test_changes_that_need_each_other_are_made_together() -> None:
    swaps = [upgrade("z"), upgrade("app", "lib (<< 2)", "lib (>= 2)"), upgrade("lib")]
    assert order_swaps(swaps, []) == [[0], [1, 2]]


def test_a_provided_name_without_version_satisfies_a_relation_without_one_alone() -> None:
    swaps = [upgrade("app", "", "virtual"), PackageSwap((), (package("real", "2", provides="virtual"),))]
    assert order_swaps(swaps, []) == [[1], [0]]
    assert order_swaps([upgrade("app", "", "virtual (>= 1)"), swaps[1]], []) == [[0], [1]]


def test_an_index_is_read_and_what_is_broken_is_left_out() -> None:
    text = b"Package: a\nVersion: 1\nSHA256: 00\nPre-Depends: b\nDepends: c | d\n\nPackage: x\n\nVersion: 1\n"
    (facts,) = parse_index(text)
    assert (facts.name, [str(clause[0]) for clause in facts.clauses]) == ("a", ["b", "c"])


@pytest.mark.parametrize("first_bad", range(1, 31))
def test_thirty_changes_take_at_most_five_tries_beside_the_first(first_bad: int) -> None:
    good, bad, tries = 0, 30, 0
    while (made := choose_next(good, bad, ())) is not None:
        good, bad = (good, made) if made >= first_bad else (made, bad)
        tries += 1
    assert (bad, good) == (first_bad, first_bad - 1)
    assert tries <= 5


def test_what_cannot_be_tested_is_passed_over() -> None:
    assert choose_next(0, 4, {2}) == 1
    assert choose_next(0, 4, {1, 2}) == 3
    assert choose_next(0, 3, {1, 2}) is None
