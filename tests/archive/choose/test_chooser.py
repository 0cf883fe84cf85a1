"""Choosing from archives to rows, with every extension.

Also covers: composelib.archive.choose.failures, composelib.archive.choose.fulltree, composelib.archive.choose.multiarch,
composelib.archive.choose.recommends, composelib.archive.choose.selfhosting.
"""

from __future__ import annotations

import pytest

from composelib.archive.choose.chooser import ChoiceError, Supply, choose_packages
from composelib.archive.choose.need import Wish
from composelib.archive.choose.order import AddonOrder, Order
from composelib.archive.choose.packages.universe import Universe
from composelib.model.origin import Origin, Seed
from composelib.model.variant import Multiarch
from tests.kit.stanzas import make_listing, make_source, make_stanza, make_universe


def seed(text: str, line: int = 1) -> Seed:
    return Seed(text, Origin("c.yaml", line, 1))


def order(*texts: str, recommends: bool = False, **options: object) -> Order:
    wishes = [
        Wish(seed(text, line), "variants.V.packages", recommends=recommends) for line, text in enumerate(texts, 1)
    ]
    return Order("V", "amd64", tuple(wishes), **options)  # type: ignore[arg-type] # whatever the test sets


def rows(request: Order, supply: Supply) -> list[str]:
    return [f"{row.package.name} {row.component} {row.reason.relation}" for row in choose_packages(request, supply)[0]]


def test_rows_are_sorted_and_have_their_reasons() -> None:
    supply = Supply(make_universe(make_stanza("b", Depends="a"), make_stanza("a")))
    assert rows(order("b"), supply) == ["a main Depends", "b main Seed"]


def test_an_addon_has_what_the_variant_does_not() -> None:
    supply = Supply(make_universe(make_stanza("a"), make_stanza("b", Depends="a, c"), make_stanza("c")))
    addon = AddonOrder("HA", (Wish(seed("b"), "variants.V.addons.HA.packages"),))
    assert rows(order("a", addons=(addon,)), supply) == ["a main Seed", "b HA Seed", "c HA Depends"]


def test_what_several_addons_have_goes_into_the_parent() -> None:
    supply = Supply(make_universe(make_stanza("a")))
    addons = tuple(AddonOrder(name, (Wish(seed("a"), "key"),)) for name in ("One", "Two"))
    assert rows(order(addons=addons), supply) == ["a main Seed"]


def test_a_full_tree_has_every_package_of_a_source() -> None:
    supply = Supply(make_universe(make_stanza("a", Source="src"), make_stanza("b", Source="src"), make_stanza("c")))
    assert rows(order("a", fulltree=True), supply) == ["a main Seed", "b main Fulltree"]


def test_build_dependencies_come_with_selfhosting() -> None:
    native = make_universe(make_stanza("a"), make_stanza("tool"), make_stanza("build-essential"))
    stanzas = (make_source("a", Build_Depends="tool"), make_source("tool"), make_source("build-essential"))
    sources = Universe([make_listing(*stanzas, arch="source")], "source")
    chosen = rows(order("a", selfhosting=True), Supply(native, sources=sources))
    assert chosen == ["a main Seed", "build-essential main Build-Essential", "tool main Build-Depends"]


def test_libraries_of_foreign_arches_come_with_multiarch() -> None:
    native = make_universe(make_stanza("lib", Section="libs", Multi_Arch="same"))
    listing = make_listing(make_stanza("lib", arch="i386", Section="libs", Multi_Arch="same"), arch="i386")
    supply = Supply(native, foreign=(Universe([listing], "i386", native=False),))
    request = order("lib", multiarch=Multiarch(foreign=("i386",), sets=("runtime",)))
    assert rows(request, supply) == ["lib main Seed", "lib main Multi-Arch"]


def test_recommends_are_followed_of_what_an_entry_brings_whose_list_does_not_say_otherwise() -> None:
    packages = [make_stanza(name, Depends="lib", Recommends=f"nice-{name}") for name in ("a", "b")]
    packages += [make_stanza("lib", Recommends="nice-lib"), *map(make_stanza, ("nice-a", "nice-b", "nice-lib"))]
    supply = Supply(make_universe(*packages))
    plain = Wish(Seed("a", Origin("s", 1, 1), imported=True, recommends=False), "variants.V.packages")
    following = Wish(Seed("b", Origin("s", 2, 1), imported=True, recommends=True), "variants.V.packages")

    def names(*wishes: Wish, recommends: bool) -> list[str]:
        request = Order("V", "amd64", wishes, follow=True, recommends=recommends)
        return [row.package.name for row in choose_packages(request, supply)[0]]

    assert names(plain, recommends=True) == ["a", "lib"]
    assert names(plain, Wish(seed("b"), "key"), recommends=True) == ["a", "b", "lib", "nice-b", "nice-lib"]
    assert names(following, recommends=False) == ["b", "lib", "nice-b", "nice-lib"]


def test_an_imported_entry_may_name_what_no_archive_has_if_the_variant_is_lenient() -> None:
    supply = Supply(make_universe(make_stanza("a"), make_stanza("broken", Depends="gone")))
    texts = ("a", "foo", "x*", "broken")
    wishes = tuple(Wish(Seed(text, Origin("s", line, 4), imported=True), "key") for line, text in enumerate(texts, 1))
    rows_of_all, warnings = choose_packages(Order("V", "amd64", wishes, tolerant=True), supply)
    assert [row.package.name for row in rows_of_all] == ["a", "broken"]
    assert warnings == [
        "s:3:4: key: 'x*' matches no package in any archive (arch amd64)",
        "s:2:4: key: 'foo' is not in any archive (arch amd64)",
        "broken 1.0 amd64 of archive main: Depends: gone: not in any archive",
    ]
    with pytest.raises(ChoiceError, match="'foo' is not in any archive"):
        choose_packages(Order("V", "amd64", wishes), supply)
    with pytest.raises(ChoiceError, match="'foo' is not in any archive"):
        choose_packages(order("a", "foo", tolerant=True), supply)


def test_each_cause_is_told_once_with_what_else_it_prevents() -> None:
    users = [make_stanza(f"user{number}", Depends="lib") for number in range(8)]
    supply = Supply(make_universe(*users, make_stanza("lib", Depends="gone"), make_stanza("other", Depends="lost")))
    with pytest.raises(ChoiceError) as caught:
        choose_packages(order("?true", "user1", "user2"), supply)
    assert caught.value.message.splitlines() == [
        (
            "c.yaml:1:1: variants.V.packages: '?true' cannot be installed (arch amd64): lib -> gone: not in any archive"
            " (likewise 8 more of its packages and c.yaml:2:1, c.yaml:3:1)"
        ),
        "c.yaml:1:1: variants.V.packages: '?true' cannot be installed (arch amd64): other -> lost: not in any archive",
    ]


def test_an_odd_field_of_a_package_that_nobody_asks_for_is_a_warning_and_patterns_go_on() -> None:
    packages = [make_stanza("odd", Depends="libc6 >= 2"), make_stanza("a", Depends="x"), make_stanza("x")]
    rows_of_all, warnings = choose_packages(order("?depends(?exact-name(x))"), Supply(make_universe(*packages)))
    assert [row.package.name for row in rows_of_all] == ["a", "x"]
    fault = "archive main: odd 1.0: Depends: '>= 2' does not belong in a relation (at character 7)"
    assert warnings == [f"{fault}; patterns pass over what is odd"]


def test_what_images_recommend_is_chosen() -> None:
    supply = Supply(
        make_universe(
            make_stanza("a", Depends="b"), make_stanza("b", Recommends="c"), make_stanza("c"), make_stanza("d")
        )
    )
    assert rows(order("a", recommends=True), supply) == ["a main Seed", "b main Depends", "c main Recommends"]


def test_debug_symbols_come_with_their_packages() -> None:
    supply = Supply(
        make_universe(make_stanza("a", "2")),
        debug=(make_universe(make_stanza("a-dbgsym", "1"), make_stanza("a-dbgsym", "2")),),
    )
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
    supply = Supply(make_universe(make_stanza("food"), make_stanza("a", Depends="b"), make_stanza("b", Depends="gone")))
    with pytest.raises(ChoiceError) as caught:
        choose_packages(order(*texts), supply)
    assert caught.value.message == message


def test_all_failures_are_reported_in_the_order_of_the_config() -> None:
    with pytest.raises(ChoiceError) as caught:
        choose_packages(order("x", "?nonsense", "a"), Supply(make_universe(make_stanza("a"))))
    assert [line.split(": ")[0] for line in caught.value.message.splitlines()] == ["c.yaml:1:1", "c.yaml:2:1"]
    assert [row.package.name for row in caught.value.rows] == ["a"]


def test_what_a_tolerated_package_lacks_is_a_warning() -> None:
    _, warnings = choose_packages(order("a", tolerant=True), Supply(make_universe(make_stanza("a", Depends="gone"))))
    assert warnings == ["a 1.0 amd64 of archive main: Depends: gone: not in any archive"]
