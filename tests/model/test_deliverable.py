from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from composelib.model.compose import Compose
from composelib.model.image import ContainerImage, DiskImage, OstreeImage
from composelib.model.image_traits import Image
from composelib.model.variant import Variant
from tests.kit.committed_image import ORIGIN, make_compose

EDGE = OstreeImage("edge", ORIGIN, ("amd64",))


def compose_with(*images: Image) -> Compose:
    """Return a compose whose one variant has these images."""
    compose = make_compose(Path("build"))
    return replace(compose, variants=(replace(compose.variants[0], images=images),))


def test_the_source_of_a_deliverable_is_the_image_that_from_names() -> None:
    compose = compose_with(EDGE, DiskImage("disk", ORIGIN, ("amd64",), source_image="edge"))
    assert [deliverable.source for deliverable in compose.deliverables(DiskImage)] == [EDGE]


def test_a_deliverable_of_packages_has_no_source() -> None:
    compose = compose_with(EDGE, ContainerImage("tool", ORIGIN, ("amd64",)))
    assert [deliverable.source for deliverable in compose.deliverables(Image)] == [None, None]


def test_an_image_is_made_of_its_variants_repository_and_its_lookasides_on_the_same_arch() -> None:
    base, far = Variant("Base", ORIGIN, ("amd64", "arm64")), Variant("Far", ORIGIN, ("arm64",))
    server = Variant("Server", ORIGIN, ("amd64", "arm64"), lookaside=("Far", "Base"))
    compose = replace(make_compose(Path("build")), variants=(base, far, server))
    assert compose.image_repositories(server, "amd64") == (server, base)
    assert compose.image_repositories(server, "arm64") == (server, far, base)
