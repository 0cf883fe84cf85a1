from __future__ import annotations

import pytest

from composelib.config.keys.read_value import read_value
from composelib.config.keys.settings import Settings
from composelib.config.resolve import resolve
from composelib.config.yaml.problems import Problems
from composelib.config.yaml.reader import parse
from composelib.model.compose import Compose
from composelib.model.keys.value_types import RecordOf


def resolve_base(base: str) -> Settings:
    """Return the settings of a variant of a compose for amd64 and arm64, resolved."""
    problems = Problems()
    node = parse(f"arches: [amd64, arm64]\nvariants: {{Base: {base}}}\n".encode(), "c.yaml", problems)
    assert node is not None
    settings = read_value(RecordOf(Compose), node, "", problems)
    assert not problems
    variant: Settings = resolve(settings)["variants"]["Base"]
    return variant


def resolve_image(base: str) -> Settings:
    image: Settings = resolve_base(base)["images"]["it"]
    return image


def test_a_variant_has_all_arches_of_the_compose_by_default() -> None:
    assert resolve_base("{recommends: true}")["arches"] == ("amd64", "arm64")


def test_arches_are_in_the_composes_order() -> None:
    assert resolve_base("{arches: [arm64, amd64]}")["arches"] == ("amd64", "arm64")


def test_an_image_has_the_arches_of_its_variant_by_default() -> None:
    assert resolve_image("{arches: [arm64], images: {it: {kind: root}}}")["arches"] == ("arm64",)


@pytest.mark.parametrize(
    ("failable", "arches"), [("true", ("amd64", "arm64")), ("[arm64]", ("arm64",)), ("false", False)]
)
def test_an_image_may_fail_on_all_of_its_arches_or_on_those_named(failable: str, arches: object) -> None:
    assert resolve_image(f"{{images: {{it: {{kind: root, failable: {failable}}}}}}}")["failable"] == arches


def test_what_is_optional_is_the_last_addon_with_its_origin() -> None:
    variant = resolve_base("{addons: {Web: {packages: [nginx]}}, optional: [vim]}")
    assert list(variant["addons"]) == ["Web", "optional"]
    addon = variant["addons"]["optional"]
    assert (addon["packages"], addon.path) == (("vim",), "variants.Base.optional")
    assert addon.origin == variant.origin_of("optional")


def test_nothing_is_added_where_nothing_is_optional() -> None:
    assert resolve_base("{recommends: true}")["addons"] == {}
