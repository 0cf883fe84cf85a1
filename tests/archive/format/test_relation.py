from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composelib.archive.format.relation import Relation, RelationError, is_applicable, matches_arch, parse_relations

NAMES = st.from_regex(r"[a-z0-9][a-z0-9+.-]{1,8}", fullmatch=True)
RELATIONS = st.builds(
    Relation,
    NAMES,
    st.sampled_from(["", "any", "native", "amd64"]),
    st.sampled_from(["<<", "<=", "=", ">=", ">>"]),
    st.sampled_from(["1.0", "2:1~rc1-3"]),
    st.sampled_from([(), ("amd64",), ("!arm64", "!i386"), ("linux-any",)]),
    st.sampled_from([(), (("!nocheck",),), (("stage1", "cross"), ("!nodoc",))]),
)
ARCHES = ["amd64", "armhf", "mips64el", "x32", "kfreebsd-amd64", "hurd-i386", "musl-linux-armhf", "uclinux-armel"]
WILDCARDS = [
    "any", "linux-any", "any-amd64", "any-arm", "hurd-any", "gnu-any-any", "musl-any-any", "x32-any-any-any", "linux-amd64",
    "linux-armhf", "hurd-amd64", "musl-linux-amd64",
]  # fmt: skip


def parse_single(text: str) -> Relation:
    ((relation,),) = parse_relations(text)
    return relation


def test_a_comma_joins_what_is_to_hold_and_a_bar_what_will_do() -> None:
    assert parse_relations("a (>= 1), b | c:any") == (
        (Relation("a", "", ">=", "1"),),
        (Relation("b"), Relation("c", "any")),
    )


def test_white_space_and_line_ends_mean_nothing() -> None:
    assert parse_relations(" a(>=1)\n ,\n b|c\t[ amd64  i386 ] ,") == parse_relations("a (>= 1), b | c [amd64 i386]")


def test_an_empty_field_has_no_relations() -> None:
    assert parse_relations("") == parse_relations(" \n") == ()


@pytest.mark.parametrize(("old", "new"), [("<", "<="), (">", ">=")])
def test_obsolete_operators_include_equality(old: str, new: str) -> None:
    assert parse_single(f"a ({old} 1)").operator == new


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("a, , b", 3),
        ("a |", 3),
        ("a, b (>= )", 5),
        ("a, b (== 1)", 5),
        ("a, ^b", 3),
        ("a (>= 1:2-3:4)", 6),
        ("a b", 2),
        ("a [amd64 !i386]", 3),
        ("a []", 3),
        ("a <>", 1),
        ("a (= 1) (= 2)", 8),
        ("libc6, éa", 7),
    ],
)
def test_an_error_has_its_position(text: str, position: int) -> None:
    with pytest.raises(RelationError) as caught:
        parse_relations(text)
    assert caught.value.position == position


@given(st.lists(st.lists(RELATIONS, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple))
def test_canonical_text_is_read_back(relations: tuple[tuple[Relation, ...], ...]) -> None:
    assert parse_relations(", ".join(" | ".join(map(str, clause)) for clause in relations)) == relations


def list_by_dpkg(*options: str) -> set[str]:
    command = ["dpkg-architecture", "--list-known", *options]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def test_arch_wildcards_are_dpkgs() -> None:
    common = {*ARCHES} & list_by_dpkg()  # each dpkg knows more than the one before
    for wildcard in WILDCARDS:
        expected = list_by_dpkg(f"--match-wildcard={wildcard}")
        assert {arch for arch in common if matches_arch(arch, wildcard)} == expected & common, wildcard


@pytest.mark.parametrize("arch", ["all", "source"])
def test_no_wildcard_stands_for_all_and_source(arch: str) -> None:
    assert not matches_arch(arch, "any")


def test_arch_restrictions_select_and_exclude() -> None:
    assert is_applicable(parse_single("a [amd64 linux-any]"), "arm64")
    assert not is_applicable(parse_single("a [hurd-any]"), "arm64")
    assert not is_applicable(parse_single("a [!arm64 !i386]"), "arm64")
    assert is_applicable(parse_single("a [!hurd-any]"), "arm64")


def test_build_profiles_are_a_choice_of_conjunctions() -> None:
    relation = parse_single("a <!nocheck !cross> <stage1>")
    assert is_applicable(relation, "amd64")
    assert not is_applicable(relation, "amd64", ("nocheck",))
    assert is_applicable(relation, "amd64", ("nocheck", "stage1"))


def test_a_very_long_field_takes_time_in_proportion() -> None:
    assert len(parse_relations(", ".join(f"rust-{number} (= 1)" for number in range(5000)))) == 5000
