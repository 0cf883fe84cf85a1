from __future__ import annotations

import pytest

from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.sources import choose_sources
from composelib.errors import ComposeError
from tests.kit.stanzas import make_listing, make_source, make_stanza

SOURCES = Universe(
    [make_listing(make_source("a"), make_source("lib", "1"), make_source("lib", "2"), arch="source")], "source"
)


def choose(*stanzas: str, tolerant: bool = False) -> tuple[list[str], list[str]]:
    rows, warnings = choose_sources("V", "c.yaml:1:1", ["\n".join(stanzas).encode()], SOURCES, tolerant=tolerant)
    return [f"{row.package.name} {row.package.version} {row.component}" for row in rows], warnings


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


def test_a_missing_source_is_an_error_with_the_versions_there_are() -> None:
    with pytest.raises(ComposeError, match=r"source lib 3 of b is not in any archive; available: 2, 1"):
        choose(make_stanza("b", Source="lib (3)"))


def test_what_static_built_using_names_may_be_missing_if_tolerated() -> None:
    rows, warnings = choose(make_stanza("a", Static_Built_Using="crate (= 3)"), tolerant=True)
    assert rows == ["a 1.0 main"]
    assert warnings == ["source crate 3 of a (Static-Built-Using) is not in any archive"]
