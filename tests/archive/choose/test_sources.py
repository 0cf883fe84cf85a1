from __future__ import annotations

import pytest

from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.sources import SourceRules, choose_sources
from composelib.errors import ComposeError
from tests.kit.stanzas import make_listing, make_source, make_stanza

SOURCES = Universe(
    [make_listing(make_source("a"), make_source("lib", "1"), make_source("lib", "2"), arch="source")], "source"
)


def choose(*stanzas: str, tolerant: bool = False) -> tuple[list[str], list[str]]:
    rules = SourceRules("V", "c.yaml:1:1", tolerant=tolerant)
    choice = choose_sources(rules, ["\n".join(stanzas).encode()], SOURCES)
    return [f"{row.package.name} {row.package.version} {row.component}" for row in choice.rows], choice.warnings


def test_each_source_comes_in_the_version_that_was_built() -> None:
    assert choose(
        make_stanza("a"), make_stanza("b", Source="lib (1)"), make_stanza("c", Source="a", Built_Using="lib (= 2)")
    ) == (
        ["a 1.0 main", "lib 1 main", "lib 2 main"],
        [],
    )


def test_a_source_of_one_addon_goes_into_it() -> None:
    addon = make_stanza("a", Compose_Component="HA")
    assert choose(addon, make_stanza("liba", Source="lib (1)"))[0] == ["a 1.0 HA", "lib 1 main"]
    using = make_stanza("a", Compose_Component="HA", Built_Using="lib (= 1), lib (= 2)")
    assert choose(using, make_stanza("liba", Source="lib (1)"))[0] == ["a 1.0 HA", "lib 1 main", "lib 2 HA"]


def test_a_missing_source_is_an_error_with_the_versions_there_are() -> None:
    with pytest.raises(ComposeError, match=r"source lib 3 of b is not in any archive; available: 2, 1"):
        choose(make_stanza("b", Source="lib (3)"))


def test_what_static_built_using_names_may_be_missing_if_tolerated() -> None:
    rows, warnings = choose(make_stanza("a", Static_Built_Using="crate (= 3)"), tolerant=True)
    assert rows == ["a 1.0 main"]
    assert warnings == [
        "source crate 3 of a (Static-Built-Using) is not in any archive; left out by `variants.V.strict`"
    ]


def test_a_source_of_an_archive_without_sources_is_still_needed_by_another() -> None:
    ours, others = (make_stanza(name, Source="lib (3)", Compose_Archive=name) for name in ("ours", "others"))
    rules = SourceRules("V", "c.yaml:1:1", without=("ours",))
    assert [source.reference.name for source in choose_sources(rules, [ours.encode()], SOURCES).omitted] == ["lib"]
    with pytest.raises(ComposeError, match=r"source lib 3 of others is not in any archive"):
        choose_sources(rules, [f"{ours}\n{others}".encode()], SOURCES)
