"""Choosing from archives to rows, with every extension.

Also covers: composelib.archive.choose.failures, composelib.archive.choose.fulltree, composelib.archive.choose.multiarch,
composelib.archive.choose.recommends, composelib.archive.choose.selfhosting.
"""

from __future__ import annotations

import pytest

from composelib.archive.choose.chooser import ChoiceError, Supply, choose
from composelib.archive.choose.need import Wish
from composelib.archive.choose.order import AddonOrder, Order
from composelib.archive.choose.packages.universe import Universe
from composelib.model.origin import Origin, Seed
from composelib.model.variant import Multiarch
from tests.kit.stanzas import make_listing, source, stanza, universe


def seed(text: str, line: int = 1) -> Seed:
    return Seed(text, Origin("c.yaml", line, 1))


def order(*texts: str, recommends: bool = False, **options: object) -> Order:
    wishes = [
        Wish(seed(text, line), "variants.V.packages", recommends=recommends) for line, text in enumerate(texts, 1)
    ]
    return Order("V", "amd64", tuple(wishes), **options)  # type: ignore[arg-type] # whatever the test sets


def rows(request: Order, supply: Supply) -> list[str]:
    return [f"{row.package.name} {row.component} {row.reason.relation}" for row in choose(request, supply)[0]]


def test_rows_are_sorted_and_have_their_reasons() -> None:
    supply = Supply(universe(stanza("b", Depends="a"), stanza("a")))
    assert rows(order("b"), supply) == ["a main Depends", "b main Seed"]


def test_an_addon_has_what_the_variant_does_not() -> None:
    supply = Supply(universe(stanza("a"), stanza("b", Depends="a, c"), stanza("c")))
    addon = AddonOrder("HA", (Wish(seed("b"), "variants.V.addons.HA.packages"),))
    assert rows(order("a", addons=(addon,)), supply) == ["a main Seed", "b HA Seed", "c HA Depends"]


def test_what_several_addons_have_goes_into_the_parent() -> None:
    supply = Supply(universe(stanza("a")))
    addons = tuple(AddonOrder(name, (Wish(seed("a"), "key"),)) for name in ("One", "Two"))
    assert rows(order(addons=addons), supply) == ["a main Seed"]


def test_a_full_tree_has_every_package_of_a_source() -> None:
    supply = Supply(universe(stanza("a", Source="src"), stanza("b", Source="src"), stanza("c")))
    assert rows(order("a", fulltree=True), supply) == ["a main Seed", "b main Fulltree"]


def test_build_dependencies_come_with_selfhosting() -> None:
    native = universe(stanza("a"), stanza("tool"), stanza("build-essential"))
    stanzas = (source("a", Build_Depends="tool"), source("tool"), source("build-essential"))
    sources = Universe([make_listing(*stanzas, arch="source")], "source")
    chosen = rows(order("a", selfhosting=True), Supply(native, sources=sources))
    assert chosen == ["a main Seed", "build-essential main Build-Essential", "tool main Build-Depends"]


def test_libraries_of_foreign_arches_come_with_multiarch() -> None:
    native = universe(stanza("lib", Section="libs", Multi_Arch="same"))
    listing = make_listing(stanza("lib", arch="i386", Section="libs", Multi_Arch="same"), arch="i386")
    supply = Supply(native, foreign=(Universe([listing], "i386", native=False),))
    request = order("lib", multiarch=Multiarch(foreign=("i386",), sets=("runtime",)))
    assert rows(request, supply) == ["lib main Seed", "lib main Multi-Arch"]


def test_what_images_recommend_is_chosen() -> None:
    supply = Supply(universe(stanza("a", Depends="b"), stanza("b", Recommends="c"), stanza("c"), stanza("d")))
    assert rows(order("a", recommends=True), supply) == ["a main Seed", "b main Depends", "c main Recommends"]


def test_debug_symbols_come_with_their_packages() -> None:
    supply = Supply(universe(stanza("a", "2")), debug=(universe(stanza("a-dbgsym", "1"), stanza("a-dbgsym", "2")),))
    assert rows(order("a"), supply) == ["a main Seed", "a-dbgsym debug Debug"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (
            ("foood",),
            "c.yaml:1:1: variants.V.packages: 'foood' is not in any archive (arch amd64); did you mean 'food'?",
        ),
        (
            ("food (>= 2)",),
            (
                "c.yaml:1:1: variants.V.packages: 'food (>= 2)':"
                " no archive has a version that fits (arch amd64); available: 1.0"
            ),
        ),
        (
            ("a",),
            "c.yaml:1:1: variants.V.packages: 'a' cannot be installed (arch amd64): a -> b -> gone: not in any archive",
        ),
    ],
)
def test_a_failure_names_the_line_and_the_chain(texts: tuple[str, ...], message: str) -> None:
    supply = Supply(universe(stanza("food"), stanza("a", Depends="b"), stanza("b", Depends="gone")))
    with pytest.raises(ChoiceError) as caught:
        choose(order(*texts), supply)
    assert caught.value.message == message


def test_all_failures_are_reported_in_the_order_of_the_config() -> None:
    with pytest.raises(ChoiceError) as caught:
        choose(order("x", "?nonsense", "a"), Supply(universe(stanza("a"))))
    assert [line.split(": ")[0] for line in caught.value.message.splitlines()] == ["c.yaml:1:1", "c.yaml:2:1"]
    assert [row.package.name for row in caught.value.rows] == ["a"]


def test_what_a_tolerated_package_lacks_is_a_warning() -> None:
    _, warnings = choose(order("a", tolerant=True), Supply(universe(stanza("a", Depends="gone"))))
    assert warnings == ["a 1.0 amd64 of archive main: Depends: gone: not in any archive"]
