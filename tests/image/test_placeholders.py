from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from composelib.image.placeholders import fill_placeholders, name_ref
from composelib.model.image import OstreeImage
from tests.kit.committed_image import make_compose

COMPOSE = make_compose(Path("build"))
(EDGE,) = COMPOSE.deliverables(OstreeImage)


def test_every_placeholder_is_filled_in() -> None:
    text = "{short}/{version}/{codename}/{variant}/{arch}/{image}"
    assert fill_placeholders(text, COMPOSE.release, EDGE) == "demo/12/stable/Server/amd64/edge"


def test_a_ref_that_the_config_does_not_name_says_what_it_is_of() -> None:
    unnamed = replace(EDGE, image=replace(EDGE.image, ref=OstreeImage.ref))
    assert name_ref(COMPOSE.release, unnamed) == "demo/12/amd64/edge"


def test_a_ref_of_the_config_is_kept() -> None:
    named = replace(EDGE, image=replace(EDGE.image, ref="mine/{arch}"))
    assert name_ref(COMPOSE.release, named) == "mine/amd64"
