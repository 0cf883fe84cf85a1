"""The closure follows its rule.

Also covers: composelib.archive.choose.need, composelib.archive.choose.provider_rank, composelib.archive.choose.rules.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composelib.archive.choose.closure import Closure, compute_closure
from composelib.archive.choose.need import Wish
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.packages.world import World
from composelib.archive.choose.rules import Rules
from composelib.archive.choose.seeds import resolve_wish, start_with
from composelib.errors import TrustError
from composelib.model.origin import Origin, Seed
from tests.kit.stanzas import make_listing, make_stanza, make_universe


def close(world: World, *seeds: str, rules: Rules | None = None) -> Closure:
    wishes = [Wish(Seed(text, Origin("f", line, 1)), "packages") for line, text in enumerate(seeds, 1)]
    return compute_closure(world, rules or Rules(), start_with([resolve_wish(wish, world, "amd64") for wish in wishes]))


def chosen(stanzas: Iterable[str], *seeds: str, rules: Rules | None = None) -> list[str]:
    closure = close(World(make_universe(*stanzas)), *seeds, rules=rules)
    assert not closure.failures, closure.failures
    versions = {package.name for package in closure.chosen}
    return sorted(
        package.name if len(versions) == len(closure.chosen) else f"{package.name}={package.version}"
        for package in closure.chosen
    )


def test_dependencies_are_followed_to_their_end_and_around() -> None:
    packages = [
        make_stanza("a", Depends="b", Pre_Depends="p"),
        make_stanza("b", Depends="c"),
        make_stanza("c", Depends="a"),
        make_stanza("p"),
    ]
    assert chosen(packages, "a") == ["a", "b", "c", "p"]


def test_suggests_and_conflicts_bring_nothing() -> None:
    assert chosen([make_stanza("a", Suggests="b", Conflicts="b", Breaks="b", Enhances="b"), make_stanza("b")], "a") == [
        "a"
    ]


@pytest.mark.parametrize(
    ("relation", "version"),
    [("b", "3"), ("b (>= 2)", "3"), ("b (<< 3)", "2"), ("b (= 1)", "1"), ("b (<= 2)", "2"), ("b (>> 2)", "3")],
)
def test_the_best_version_that_a_relation_allows_is_taken(relation: str, version: str) -> None:
    packages = [make_stanza("a", Depends=relation), make_stanza("b", "1"), make_stanza("b", "2"), make_stanza("b", "3")]
    closure = close(World(make_universe(*packages)), "a")
    assert [package.version for package in closure.chosen if package.name == "b"] == [version]


def test_one_older_version_serves_all_when_one_package_needs_it() -> None:
    packages = [
        make_stanza("a", Depends="b"),
        make_stanza("c", Depends="b (= 1)"),
        make_stanza("b", "1"),
        make_stanza("b", "2"),
    ]
    assert chosen(packages, "a", "c") == ["a", "b", "c"]


def test_versions_that_exclude_each_other_are_both_taken() -> None:
    packages = [
        make_stanza("a", Depends="b (>= 2)"),
        make_stanza("c", Depends="b (= 1)"),
        make_stanza("b", "1"),
        make_stanza("b", "2"),
    ]
    assert chosen(packages, "a", "c") == ["a=1.0", "b=1", "b=2", "c=1.0"]


def test_the_first_alternative_is_taken() -> None:
    assert chosen([make_stanza("a", Depends="x | y"), make_stanza("x"), make_stanza("y")], "a") == ["a", "x"]


def test_the_first_alternative_that_there_is_is_taken() -> None:
    assert chosen([make_stanza("a", Depends="w | x (>= 9) | y"), make_stanza("x"), make_stanza("y")], "a") == ["a", "y"]


def test_an_alternative_that_is_in_anyway_is_enough_wherever_it_is_asked_for() -> None:
    packages = [
        make_stanza("a", Depends="x | y"),
        make_stanza("x"),
        make_stanza("y"),
        make_stanza("z", Depends="deep"),
        make_stanza("deep", Depends="y"),
    ]
    assert chosen(packages, "a", "z") == ["a", "deep", "y", "z"]


def test_an_alternative_that_cannot_be_installed_counts_as_not_there() -> None:
    packages = [
        make_stanza("a", Depends="x | y"),
        make_stanza("x", Depends="m"),
        make_stanza("m", Depends="gone"),
        make_stanza("y"),
    ]
    assert chosen(packages, "a") == ["a", "y"]


def test_an_older_version_never_stands_in_for_one_that_lacks_something() -> None:
    closure = close(World(make_universe(make_stanza("a", "2", Depends="gone"), make_stanza("a", "1"))), "a")
    assert closure.failures
    assert not closure.chosen


def test_a_name_provided_once_is_had_from_its_provider() -> None:
    closure = close(World(make_universe(make_stanza("a", Depends="v"), make_stanza("p", Provides="v"))), "a")
    assert {package.name: reason.provides for package, reason in closure.chosen.items()} == {"a": "", "p": "v"}


def test_an_unversioned_provides_satisfies_no_version() -> None:
    assert close(
        World(make_universe(make_stanza("a", Depends="v (>= 1)"), make_stanza("p", Provides="v"))), "a"
    ).failures


def test_a_versioned_provides_satisfies_as_its_version_does() -> None:
    packages = [
        make_stanza("a", Depends="v (>= 2)"),
        make_stanza("o", Provides="v (= 1)"),
        make_stanza("p", Provides="v (= 2)"),
    ]
    assert chosen(packages, "a") == ["a", "p"]


def test_a_package_of_the_name_comes_before_providers() -> None:
    assert chosen([make_stanza("a", Depends="v"), make_stanza("b", Provides="v"), make_stanza("v")], "a") == ["a", "v"]


def test_among_providers_essential_then_priority_then_source_then_name_decide() -> None:
    a = make_stanza("a", Depends="v", Source="src")
    z, y = make_stanza("z", Provides="v", Essential="yes"), make_stanza("y", Provides="v", Priority="required")
    x, w, u = (
        make_stanza("x", Provides="v", Source="src"),
        make_stanza("w", Provides="v"),
        make_stanza("u", Provides="v"),
    )
    assert chosen([a, z, y, x, w, u], "a") == ["a", "z"]
    assert chosen([a, y, x, w, u], "a") == ["a", "y"]
    assert chosen([a, x, w, u], "a") == ["a", "x"]
    assert chosen([a, w, u], "a") == ["a", "u"]


def test_a_chosen_provider_is_enough() -> None:
    packages = [make_stanza("a", Depends="v | w"), make_stanza("p", Provides="w"), make_stanza("q", Provides="v")]
    assert chosen(packages, "a", "p") == ["a", "p"]


def test_a_seed_of_alternatives_is_chosen_like_a_dependency() -> None:
    packages = [make_stanza("x"), make_stanza("y"), make_stanza("z", Depends="y")]
    assert chosen(packages, "x | y") == ["x"]
    assert chosen(packages, "x | y", "z") == ["y", "z"]
    assert chosen(packages, "x [i386] | y [amd64]", "x [!amd64]") == ["y"]


def test_all_takes_every_alternative_and_provider_that_there_is() -> None:
    packages = [
        make_stanza("a", Depends="x | gone | v"),
        make_stanza("x"),
        make_stanza("p", Provides="v"),
        make_stanza("q", Provides="v"),
    ]
    assert chosen(packages, "a", rules=Rules("all")) == ["a", "p", "q", "x"]


def test_same_source_takes_what_is_built_with_the_first() -> None:
    packages = [
        make_stanza("a", Depends="x | y | z"),
        make_stanza("x", Source="s"),
        make_stanza("y", Source="s"),
        make_stanza("z", Source="t"),
    ]
    assert chosen(packages, "a", rules=Rules("same-source")) == ["a", "x", "y"]
    assert chosen(packages, "a", "z", rules=Rules("same-source")) == ["a", "z"]


def test_recommends_are_decided_after_all_else_and_may_be_missing() -> None:
    packages = [
        make_stanza("a", Recommends="x | y, gone", Depends="b"),
        make_stanza("b", Depends="y"),
        make_stanza("x"),
        make_stanza("y"),
    ]
    assert chosen(packages, "a", rules=Rules(recommends=True)) == ["a", "b", "y"]


def test_what_is_missing_as_a_recommendation_is_still_a_fault_as_a_dependency() -> None:
    packages = [make_stanza("a", Recommends="gone"), make_stanza("b", Depends="gone")]
    assert close(World(make_universe(*packages)), "a", "b", rules=Rules(recommends=True)).failures


@pytest.mark.parametrize("relation", ["b [amd64]", "b <!nocheck>", "b (>= )", "b ("])
def test_what_no_binary_relation_may_say_is_refused(relation: str) -> None:
    with pytest.raises(TrustError, match=r"a 1\.0 amd64 of archive main: Depends: "):
        close(World(make_universe(make_stanza("a", Depends=relation), make_stanza("b"))), "a")


def test_a_folded_field_is_read() -> None:
    assert chosen([make_stanza("a", Depends="b,\n c\n | d"), make_stanza("b"), make_stanza("d")], "a") == [
        "a",
        "b",
        "d",
    ]


def foreign_world(*i386: str, native: Iterable[str] = ()) -> World:
    return World(make_universe(*native), [Universe([make_listing(*i386, arch="i386")], "i386", native=False)])


@pytest.mark.parametrize(
    ("relation", "multi_arch", "arch", "fits"),
    [
        ("b", "", "amd64", True),
        ("b", "same", "i386", False),
        ("b", "foreign", "i386", True),
        ("b", "allowed", "i386", False),
        ("b:any", "allowed", "i386", True),
        ("b:any", "allowed", "amd64", True),
        ("b:any", "foreign", "amd64", False),
        ("b:i386", "same", "i386", True),
        ("b:i386", "", "amd64", False),
        ("b:native", "", "amd64", True),
    ],
)
def test_multi_arch_says_which_arch_satisfies(relation: str, multi_arch: str, arch: str, fits: bool) -> None:
    fields = {"Multi_Arch": multi_arch} if multi_arch else {}
    b = make_stanza("b", arch=arch, **fields)
    a = make_stanza("a", Depends=relation)
    world = foreign_world(b, native=[a]) if arch == "i386" else foreign_world(native=[a, b])
    assert bool(close(world, "a").failures) is not fits


NAMES = [f"p{number}" for number in range(8)]
CLAUSES = st.lists(
    st.lists(st.sampled_from([*NAMES, "v0", "v1", "p0 (>= 2)", "p1 (<< 2)", "v0 (= 1)"]), min_size=1, max_size=3).map(
        " | ".join
    ),
    max_size=3,
).map(", ".join)
PLAIN = st.lists(st.sampled_from(NAMES), max_size=3).map(", ".join)


@st.composite
def archives(draw: st.DrawFn, clauses: st.SearchStrategy[str] = CLAUSES) -> World:
    packages = []
    for name in NAMES:
        for version in draw(st.sampled_from([["1"], ["2"], ["1", "2"]])):
            fields = {
                "Depends": draw(clauses),
                "Provides": draw(st.sampled_from(["", "v0", "v1 (= 1)", "v0 (= 1), v1"])),
            }
            packages.append(make_stanza(name, version, **{key: value for key, value in fields.items() if value}))
    return World(make_universe(*packages))


WISHES = st.lists(
    st.sampled_from([*NAMES, "p0 | p1", "v0", "p2 | v1", "p3 (= 1)"]), min_size=1, max_size=4, unique=True
)


def identities(closure: Closure) -> set[tuple[str, str]]:
    return {(package.name, package.version) for package in closure.chosen}


@given(archives(), WISHES, st.randoms())
@settings(max_examples=60)
def test_the_order_of_seeds_does_not_matter(world: World, seeds: list[str], chance: object) -> None:
    shuffled = list(seeds)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = close(world, *seeds), close(world, *shuffled)
    assert list(first.chosen) == list(second.chosen)
    assert {failure.reason.wish.seed.text for failure in first.failures if failure.reason.wish} == {
        failure.reason.wish.seed.text for failure in second.failures if failure.reason.wish
    }


@given(archives(), WISHES)
@settings(max_examples=60)
def test_what_is_chosen_needs_nothing_that_is_not(world: World, seeds: list[str]) -> None:
    closure = close(world, *seeds)
    if not closure.failures:
        for package in closure.chosen:
            for alternatives in package.relations("Depends"):
                candidates = {
                    candidate
                    for item in alternatives
                    for candidate in (*world.find_named(item, "amd64"), *world.find_providers(item, "amd64"))
                }
                assert candidates & closure.chosen.keys()


@given(archives(), WISHES)
@settings(max_examples=60)
def test_choosing_what_is_chosen_adds_nothing(world: World, seeds: list[str]) -> None:
    closure = close(world, *seeds)
    if not closure.failures:
        again = close(world, *(f"{name} (= {version})" for name, version in identities(closure)))
        assert identities(again) == identities(closure)


@given(archives(PLAIN), WISHES, WISHES)
@settings(max_examples=60)
def test_where_there_is_no_choice_more_seeds_never_mean_less(world: World, seeds: list[str], more: list[str]) -> None:
    plain = [seed for seed in seeds if seed in NAMES]
    added = [seed for seed in more if seed in NAMES]
    names = {name for name, _ in identities(close(world, *plain))}
    assert names <= {name for name, _ in identities(close(world, *plain, *added))}


@given(archives(), WISHES)
@settings(max_examples=60)
def test_everything_has_a_reason_that_leads_to_a_seed(world: World, seeds: list[str]) -> None:
    closure = close(world, *seeds)
    for package in closure.chosen:
        seen = set()
        reason = closure.chosen[package]
        while reason.package:
            assert reason.package not in seen
            seen.add(reason.package)
            reason = closure.chosen[reason.package]
        assert reason.wish


@given(archives(PLAIN), st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
@settings(max_examples=60)
def test_without_a_seed_that_nothing_needs_all_but_its_own_needs_stay(world: World, seeds: list[str]) -> None:
    closure = close(world, *seeds)
    for leaf in seeds:
        rest = [seed for seed in seeds if seed != leaf]
        fewer = close(world, *rest)
        if leaf not in {package.name for package in fewer.chosen} and not closure.failures:
            alone = {package.name for package in close(world, leaf).chosen}
            lost = {package.name for package in closure.chosen} - {package.name for package in fewer.chosen}
            assert lost <= alone
