from __future__ import annotations

from tests.config.conftest import HEAD, Faults, Loads

TEXT = HEAD + (
    "variants:\n  Base: {packages: [bash]}\n  Server: {packages: [nginx], lookaside: [Base]}\n"
    "  Small: {packages: [dash], arches: [amd64], images: {cd: {kind: iso}, dvd: {kind: iso, extra-variants: [Base]}}}\n"
    "  Other: {packages: [zsh], images: {cd: {kind: iso, arches: [arm64], failable: true}}}\n"
)


def test_named_arches_are_all_that_is_left(loads: Loads) -> None:
    compose = loads(TEXT, arches=("arm64",))
    assert compose.arches == ("arm64",)
    assert [(variant.name, variant.arches) for variant in compose.variants] == [
        (name, ("arm64",)) for name in ("Base", "Server", "Other")
    ]


def test_images_without_an_arch_left_are_gone(loads: Loads) -> None:
    other = loads(TEXT, arches=("amd64",)).variants[-1]
    assert (other.name, other.images) == ("Other", ())


def test_a_named_variant_keeps_those_it_builds_on_and_carries(loads: Loads) -> None:
    assert [one.name for one in loads(TEXT, variants=("Server",)).variants] == ["Base", "Server"]
    assert [one.name for one in loads(TEXT, variants=("Small",)).variants] == ["Base", "Small"]
    assert [one.name for one in loads(TEXT, variants=("Other",)).variants] == ["Other"]


def test_an_unknown_arch_or_variant_is_an_error(faults: Faults) -> None:
    assert faults(TEXT, arches=("amd46",)) == "the compose has no arch 'amd46'; did you mean 'amd64'?"
    assert faults(TEXT, variants=("Severs",)) == "the compose has no variant 'Severs'; did you mean 'Server'?"


def test_nothing_left_is_an_error(faults: Faults) -> None:
    text = TEXT.replace("[nginx], lookaside: [Base]", "[nginx], arches: [amd64]")
    said = faults(text, arches=("arm64",), variants=("Server",))
    assert said == "variants=Server arches=arm64: none of the variants has one of the arches"
