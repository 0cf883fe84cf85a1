from __future__ import annotations

import subprocess
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composelib.archive.format.version import compare_versions, is_valid_version, make_version_key, satisfies

ODD = ["1.0", "0:1.0", "1:0.9", "1.0-0", "1.0-1", "1.0~", "1.0~~", "1.0~rc1", "1.0+b1", "1.0-1+b1", "1.0a", "1.0.0"]
ODD += ["1.", "01.0", "1.0A", "1.0-1~bpo12+1", "2:1.02.185-2", "2.36-9+deb12u10", "20230101", "a1", "1-1-1", "1.0+-1"]
VERSIONS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "0:", "1:", "12:"]),
    st.text("0123a~+.Z", min_size=1, max_size=6).map("1".__add__),
    st.one_of(st.just(""), st.text("01a~+.", min_size=1, max_size=4).map("-".__add__)),
)


def compare_with_dpkg(a: str, operator: str, b: str) -> bool:
    return subprocess.run(["dpkg", "--compare-versions", a, operator, b], check=False).returncode == 0


@pytest.mark.parametrize(("operator", "word"), [("<<", "lt"), ("<=", "le"), ("=", "eq"), (">=", "ge"), (">>", "gt")])
def test_odd_versions_compare_as_dpkg_does(operator: str, word: str) -> None:
    pairs = list(zip(ODD, ODD[7:] + ODD[:7], strict=True))
    assert [satisfies(a, operator, b) for a, b in pairs] == [compare_with_dpkg(a, word, b) for a, b in pairs]


@settings(max_examples=60)
@given(VERSIONS, VERSIONS)
def test_any_two_versions_compare_as_dpkg_does(a: str, b: str) -> None:
    assert (compare_versions(a, b) <= 0) == compare_with_dpkg(a, "le", b)
    assert (compare_versions(a, b) >= 0) == compare_with_dpkg(a, "ge", b)


@given(st.lists(VERSIONS, max_size=6))
def test_keys_sort_as_versions_compare(versions: list[str]) -> None:
    ordered = sorted(versions, key=make_version_key)
    assert all(compare_versions(a, b) <= 0 for a, b in pairwise(ordered))


def test_any_version_satisfies_no_operator() -> None:
    assert satisfies("1.0", "", "")


def test_an_unknown_operator_is_refused() -> None:
    with pytest.raises(ValueError, match="=="):
        satisfies("1.0", "==", "1.0")


def test_numbers_of_any_length_compare() -> None:
    assert compare_versions("1." + "9" * 9999, "1.1" + "0" * 9999) == -1


@pytest.mark.parametrize(
    "version",
    ["1.0", "1:2.0-1", "1~~", "2147483647:1", "1-2-3", "0", "1.0+dfsg-1~bpo12+1", "1:2:3", "4:11.2.0--1ubuntu1"],
)
def test_what_dpkg_allows_is_valid(version: str) -> None:
    assert is_valid_version(version)


@pytest.mark.parametrize(
    "version",
    [
        "",
        "1.0\n",
        "1-",
        "1--",
        "-1",
        "0:-1",
        "1:2-3:4",
        ":1:2",
        "2147483648:1",
        ":1",
        "1:",
        "1 0",
        "1_0",
        "1.0é",
        "٣",
        "99999999999:1",
    ],
)
def test_what_dpkg_does_not_allow_is_not_valid(version: str) -> None:
    assert not is_valid_version(version)
