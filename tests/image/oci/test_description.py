from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from composelib.image.oci.description import ContainerDescription, describe_container, format_name
from composelib.model.compose import Compose
from composelib.model.image import ContainerImage, RootImage
from tests.kit.root_tars import NOWHERE, make_compose

IMAGE = ContainerImage("tool", NOWHERE, ("amd64",))


def describe(compose: Compose) -> ContainerDescription:
    (deliverable,) = compose.deliverables(ContainerImage)
    return describe_container(compose, deliverable)


def test_a_container_is_named_after_release_variant_and_image(tmp_path: Path) -> None:
    description = describe(make_compose(tmp_path, IMAGE))
    assert (description.title, description.version) == ("Tiny Server tool", "1.10")
    assert description.name == "tiny-1.10-server-tool"


def test_its_packages_are_its_own_or_those_of_the_image_it_is_made_of(tmp_path: Path) -> None:
    compose = make_compose(tmp_path, IMAGE)
    assert describe(compose).packages == compose.paths.solved("Server", "amd64", "tool")
    derived = make_compose(tmp_path, replace(IMAGE, source_image="base"), RootImage("base", NOWHERE, ("amd64",)))
    assert describe(derived).packages == compose.paths.solved("Server", "amd64", "base")


def test_where_its_files_are_decides_nothing_of_it(tmp_path: Path) -> None:
    first, second = (describe(make_compose(tmp_path / name, IMAGE)) for name in "ab")
    assert first.uses == second.uses


def test_a_container_has_a_name_that_registries_allow() -> None:
    assert format_name("Acme", "1.0~rc1", "Server", "web_app") == "acme-1.0-rc1-server-web-app"
    assert format_name("a", "1..2", "-", "b") == "a-1-2-b"


def test_how_it_is_run_decides_it(tmp_path: Path) -> None:
    plain, other = (describe(make_compose(tmp_path, image)) for image in (IMAGE, replace(IMAGE, user="www-data")))
    assert plain.uses != other.uses
