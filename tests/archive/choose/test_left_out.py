from __future__ import annotations

import pytest

from composelib.archive.choose.chooser import Supply, choose_packages
from composelib.archive.choose.need import Wish
from composelib.archive.choose.order import AddonOrder, Order
from composelib.archive.choose.packages.universe import Universe
from composelib.model.origin import Origin, Seed
from tests.kit.stanzas import make_listing, make_stanza

OURS = [
    make_stanza("a", Depends="b"),
    make_stanza("b"),
    make_stanza("broken", Depends="gone"),
    make_stanza("core", "1"),
    make_stanza("real", "3"),
    make_stanza("provider", Provides="real, virtual"),
    make_stanza("tool", "2"),
    make_stanza("g1", Section="games"),
]
THEIRS = [make_stanza("core", "1"), make_stanza("tool", "1")]
SUPPLY = Supply(
    Universe([make_listing(*OURS), make_listing(*THEIRS, archive="aside", lookaside=True)], "amd64"),
)


def choose(*texts: str, exclude: tuple[str, ...] = (), **options: object) -> tuple[list[str], list[str]]:
    """Return the names of what is chosen, and the warnings."""
    wishes = tuple(Wish(Seed(text, Origin("c.yaml", line, 1)), "packages") for line, text in enumerate(texts, 1))
    excluded = tuple(Seed(text, Origin("c.yaml", line, 1)) for line, text in enumerate(exclude, 20))
    rows, warnings = choose_packages(Order("V", "amd64", wishes, excluded, **options), SUPPLY)  # type: ignore[arg-type]
    return [row.package.name for row in rows], warnings


@pytest.mark.parametrize(
    ("text", "exclude", "cause"),
    [
        ("core", "", "'core' is left to the lookaside aside, which has core 1"),
        ("?name(^core$)", "", "'?name(^core$)' is left to the lookaside aside, which has core"),
        ("b", "b", "'b' is left out: all that it asks for is excluded (c.yaml:20:1)"),
        ("?section(games)", "g1", "'?section(games)' is left out: all that it asks for is excluded (c.yaml:20:1)"),
        ("broken | b", "", "'broken | b' is satisfied by b 1.0: broken -> gone: not in any archive"),
        ("gone | b", "", "'gone | b' is satisfied by b 1.0: gone: not in any archive"),
        ("b | g1", "b", "'b | g1' is satisfied by g1 1.0: b: b is excluded (c.yaml:20:1)"),
        ("b (>= 2) | g1", "", "'b (>= 2) | g1' is satisfied by g1 1.0: b (>= 2): no archive has a version that fits"),
        ("real", "real", "'real' is satisfied by provider 1.0: real: real is excluded (c.yaml:20:1)"),
    ],
)
def test_an_entry_that_does_not_bring_what_it_names_is_told_with_the_cause(text: str, exclude: str, cause: str) -> None:
    _, warnings = choose("provider", text, exclude=(exclude,) if exclude else ())
    assert [line for line in warnings if line.startswith(f"c.yaml:2:1: packages: {cause}")], warnings


@pytest.mark.parametrize(
    "text", ["a", "tool", "virtual", "b | gone", "g1 [arm64]", "?section(games)", "core (>= 1) [arm64]"]
)
def test_an_entry_that_brings_what_it_names_is_not_told(text: str) -> None:
    assert choose("provider", text)[1] == []


def test_an_entry_brings_the_package_of_its_name_though_another_one_that_is_chosen_provides_it() -> None:
    assert choose("real", "provider")[0] == ["provider", "real"]
    assert choose("virtual", "provider")[0] == ["provider"]


def test_an_addon_that_comes_out_empty_is_told() -> None:
    addon = AddonOrder("X", (Wish(Seed("b", Origin("c.yaml", 9, 1)), "addons.X.packages"),))
    cause = "what it asks for is in the variant's component main, or excluded"
    expected = f"c.yaml:9:1: addons.X.packages: nothing is chosen for it on amd64: {cause}"
    assert choose("a", addons=(addon,))[1] == [expected]
