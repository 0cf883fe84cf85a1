from __future__ import annotations

from composelib.archive.choose.rules import Rules
from composelib.archive.explain.seed_share import make_chosen_world
from composelib.archive.explain.why import PackageDemand, find_demand, find_source_demand
from composelib.model.origin import Origin, Seed
from tests.kit.stanzas import make_stanza


def make_seeds(*texts: str) -> tuple[Seed, ...]:
    return tuple(Seed(text, Origin("c.yaml", line, 1)) for line, text in enumerate(texts, 1))


def find(name: str, *chosen: str, seeds: tuple[Seed, ...] = (), rules: Rules = Rules()) -> PackageDemand:  # noqa: B008 - frozen
    world = make_chosen_world("\n".join(chosen).encode(), "amd64", ("i386",))
    (package,) = world.native.versions(name)
    return find_demand(package, seeds, world, rules)


def list_relations(of: PackageDemand) -> list[tuple[str, bool, tuple[str, ...]]]:
    return [(demand.relation, demand.alone, demand.packages) for demand in of.relations]


def test_every_package_that_needs_it_is_listed_by_the_field() -> None:
    demanded = find(
        "lib",
        make_stanza("lib"),
        make_stanza("b", Depends="lib"),
        make_stanza("a", Depends="lib"),
        make_stanza("c", Pre_Depends="lib"),
    )
    assert list_relations(demanded) == [("Pre-Depends", True, ("c",)), ("Depends", True, ("a", "b"))]


def test_what_another_satisfies_too_is_listed_separately_and_last() -> None:
    demanded = find(
        "one",
        make_stanza("one"),
        make_stanza("two"),
        make_stanza("a", Depends="one | two"),
        make_stanza("b", Depends="one"),
    )
    assert list_relations(demanded) == [("Depends", True, ("b",)), ("Depends", False, ("a",))]


def test_what_it_provides_counts_in_the_version_provided() -> None:
    chosen = (
        make_stanza("p", Provides="v (= 2)"),
        make_stanza("a", Depends="v (>= 2)"),
        make_stanza("b", Depends="v (>= 3)"),
    )
    assert list_relations(find("p", *chosen)) == [("Depends", True, ("a",))]


def test_recommends_count_where_they_are_followed() -> None:
    chosen = (make_stanza("lib"), make_stanza("a", Recommends="lib"))
    assert list_relations(find("lib", *chosen)) == []
    assert list_relations(find("lib", *chosen, rules=Rules(recommends=True))) == [("Recommends", True, ("a",))]


def test_no_package_is_a_reason_for_itself() -> None:
    assert list_relations(find("a", make_stanza("a", Provides="v", Depends="v"))) == []


def test_foreign_packages_count() -> None:
    chosen = (make_stanza("tool", Multi_Arch="foreign"), make_stanza("other", Architecture="i386", Depends="tool"))
    assert list_relations(find("tool", *chosen)) == [("Depends", True, ("other",))]


def test_every_entry_that_asks_for_it_is_listed() -> None:
    seeds = make_seeds("a", "b | a", "a (>= 2)", "?priority(required)", "?section(games)", "gone", "a [arm64]")
    demanded = find("a", make_stanza("a", Priority="required"), seeds=seeds)
    assert [seed.text for seed in demanded.seeds] == ["a", "b | a", "?priority(required)"]


def test_a_source_is_there_for_what_is_built_from_it_and_for_what_has_it_built_in() -> None:
    chosen = (
        make_stanza("a", Source="lib (2)"),
        make_stanza("b", Built_Using="lib (= 2), other (= 1)"),
        make_stanza("c", Static_Built_Using="lib (= 2)"),
        make_stanza("d", Built_Using="lib (= 1)"),
    )
    demanded = find_source_demand("lib", "2", [make_chosen_world("\n".join(chosen).encode(), "amd64")])
    assert list_relations(demanded) == [
        ("Source", True, ("a",)),
        ("Built-Using", True, ("b",)),
        ("Static-Built-Using", True, ("c",)),
    ]
