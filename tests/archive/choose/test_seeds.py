from __future__ import annotations

import pytest

from composelib.archive.choose.need import Wish
from composelib.archive.choose.packages.world import World
from composelib.archive.choose.seeds import SeedError, make_pin_test, resolve_wish, suggest_name
from composelib.model.origin import Origin, Seed
from tests.kit.stanzas import make_stanza, make_universe

PACKAGES = make_universe(
    make_stanza("a", "1"), make_stanza("a", "2"), make_stanza("ab", Task="desk"), make_stanza("c", Priority="required")
)
WORLD = World(PACKAGES)


def wish(text: str, *, optional: bool = False, pinned: bool = False) -> Wish:
    return Wish(Seed(text, Origin("c.yaml", 1, 1)), "packages", pinned, optional)


@pytest.mark.parametrize(
    ("text", "names"),
    [("a*", [["2"], ["1.0"]]), ("desk^", [["1.0"]]), ("standard^", [["1.0"]]), ("a* [arm64]", [])],
)
def test_patterns_and_tasks_select_candidates(text: str, names: list[list[str]]) -> None:
    assert [
        [package.version for package in group] for group in resolve_wish(wish(text), WORLD, "amd64").groups
    ] == names


def test_a_relation_becomes_clauses_without_their_restrictions() -> None:
    needs = resolve_wish(wish("a [amd64] | b, c [arm64]"), WORLD, "amd64").needs
    assert [need.text for need in needs] == ["a | b"]


def test_a_pattern_without_a_match_is_an_error_unless_it_is_optional() -> None:
    with pytest.raises(SeedError, match=r"'x\*' matches no package in any archive"):
        resolve_wish(wish("x*"), WORLD, "amd64")
    assert resolve_wish(wish("x*", optional=True), WORLD, "amd64").groups == ()


def test_an_arch_without_an_index_is_an_error() -> None:
    with pytest.raises(SeedError, match="no index for arm64"):
        resolve_wish(wish("a"), WORLD, "arm64")


def test_pinned_wishes_pin_names_and_selections() -> None:
    is_pinned = make_pin_test([resolve_wish(wish(text, pinned=True), WORLD, "amd64") for text in ("c", "desk^")])
    assert [package.name for package in PACKAGES.packages() if is_pinned(package)] == ["ab", "c"]


def test_a_similar_name_is_suggested() -> None:
    assert suggest_name("abb", PACKAGES) == "; did you mean 'ab'?"
    assert suggest_name("zzz", PACKAGES) == ""
