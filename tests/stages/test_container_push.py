from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from composelib.model.compose import Compose
from composelib.model.image import ContainerImage
from composelib.stages import container_push
from composelib.task import Task
from tests.kit.committed_image import ORIGIN, make_compose


def compose_with(push: str, *arches: str) -> Compose:
    """Return a compose with a container that is pushed to an address."""
    compose = make_compose(Path("build"))
    image = ContainerImage("oci", ORIGIN, arches, source_image="edge", push=push)
    variant = compose.variants[0]
    return replace(compose, variants=(replace(variant, images=(*variant.images, image)),))


def list_tasks(push: str, *arches: str) -> tuple[Task, ...]:
    """Return the tasks of a container that is pushed to an address."""
    return container_push.tasks(compose_with(push, *arches))


def test_a_push_waits_for_the_sums_of_all_images() -> None:
    compose = compose_with("registry.example/demo", "amd64")
    (task,) = container_push.tasks(compose)
    assert compose.paths.checksums in task.order_only


@pytest.mark.parametrize(
    ("push", "address"),
    [
        ("registry.example/demo", "registry.example/demo:12"),
        ("registry.example:5000/demo", "registry.example:5000/demo:12"),
        ("registry.example/demo:{version}-{arch}", "registry.example/demo:12-amd64"),
    ],
)
def test_an_address_without_a_tag_gets_the_version(push: str, address: str) -> None:
    (task,) = list_tasks(push, "amd64")
    assert task.uses == {"address": address}


@pytest.mark.parametrize("push", ["registry.example/demo:{version}", "registry.example/demo:{version}-{arch}"])
def test_each_of_several_arches_has_a_tag(push: str) -> None:
    addresses = [task.uses["address"] for task in list_tasks(push, "amd64", "arm64")]
    assert addresses == ["registry.example/demo:12-amd64", "registry.example/demo:12-arm64"]


def test_a_container_without_an_address_is_not_pushed() -> None:
    assert list_tasks("", "amd64") == ()
