"""Also covers: composelib.model.selection."""

from __future__ import annotations

import pytest

from composelib.config import read
from composelib.config.selection import narrow
from composelib.config.show import as_text
from composelib.model.selection import Selection
from tests.config.conftest import HEAD, Faults, Loads

TEXT = HEAD + (
    "variants:\n  Base: {packages: [bash]}\n  Server: {packages: [nginx], lookaside: [Base]}\n"
    "  Small: {packages: [dash], arches: [amd64], images: {cd: {kind: iso}, dvd: {kind: iso, extra-variants: [Base]}}}\n"
    "  Other: {packages: [zsh], images: {cd: {kind: iso, arches: [arm64], failable: true}}}\n"
)


def part(loads: Loads, arches: tuple[str, ...] = (), variants: tuple[str, ...] = ()) -> Selection:
    selection = loads(TEXT, arches=arches, variants=variants).selection
    assert selection
    return selection


def shown(loads: Loads, arches: tuple[str, ...] = (), variants: tuple[str, ...] = ()) -> str:
    compose = loads(TEXT, arches=arches, variants=variants)
    assert compose.selection
    settings, _ = read(compose.config)
    return as_text(narrow(settings, compose.selection), compose.config.parent)


def test_the_compose_stays_whole(loads: Loads) -> None:
    compose = loads(TEXT, arches=("arm64",), variants=("Server",))
    assert compose.arches == ("amd64", "arm64")
    assert [variant.name for variant in compose.variants] == ["Base", "Server", "Small", "Other"]


@pytest.mark.parametrize("arches", [(), ("amd64", "arm64")])
def test_what_is_all_is_no_part(loads: Loads, arches: tuple[str, ...]) -> None:
    assert loads(TEXT, arches=arches).selection is None


@pytest.mark.parametrize(
    ("task", "has"),
    [
        ("gather:Server:amd64", True),
        ("createiso:Server:amd64:dvd", True),
        ("gather:Server:source", False),
        ("gather:Server:arm64", False),
        ("release:Server", False),
        ("gather:Base:amd64", False),
        ("metadata:debs", False),
        ("metadata", False),
        ("pkgset:debian:amd64", False),
    ],
)
def test_a_part_has_the_tasks_of_its_variants_and_arches(loads: Loads, task: str, has: bool) -> None:
    assert part(loads, ("amd64",), ("Server",)).has(task) is has


@pytest.mark.parametrize(
    "task", ["release:Server", "gather:Server:source", "gather:Server:arm64", "createrepo:Server:i386"]
)
def test_a_variant_on_all_its_arches_is_whole(loads: Loads, task: str) -> None:
    assert part(loads, variants=("Server",)).has(task)


def test_a_variant_that_has_no_other_arch_is_whole(loads: Loads) -> None:
    only = part(loads, ("amd64",))
    assert only.has("release:Small")
    assert not only.has("release:Base")


def test_the_config_is_shown_without_the_rest(loads: Loads) -> None:
    text = shown(loads, ("amd64",), ("Small",))
    assert "arm64" not in text
    assert "Base:" in text  # which it carries
    assert "Server:" not in text
    assert "cd:" not in shown(loads, ("amd64",), ("Other",))
    assert "Small:" not in shown(loads, ("arm64",))


def test_an_unknown_arch_or_variant_is_an_error(faults: Faults) -> None:
    assert faults(TEXT, arches=("amd46",)) == "the compose has no arch 'amd46'; did you mean 'amd64'?"
    assert faults(TEXT, variants=("Severs",)) == "the compose has no variant 'Severs'; did you mean 'Server'?"


def test_nothing_left_is_an_error(faults: Faults) -> None:
    text = TEXT.replace("[nginx], lookaside: [Base]", "[nginx], arches: [amd64]")
    message = faults(text, arches=("arm64",), variants=("Server",))
    assert message == (
        "arches=arm64 variants=Server: none of the variants has one of the arches;"
        " Base has amd64, arm64; Server has amd64; Small has amd64; Other has amd64, arm64"
    )
