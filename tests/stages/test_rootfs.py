from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from composelib.image.root.builders import kiwi, mkosi, mmdebstrap
from composelib.model.compose import Compose
from composelib.model.image import ContainerImage, DiskImage, OstreeImage, RootImage
from composelib.model.image_traits import Image
from composelib.stages import rootfs
from composelib.task import Task
from tests.kit.committed_image import ORIGIN, make_compose


def compose_with(build: Path, *images: Image) -> Compose:
    """Return a compose whose one variant has these images."""
    compose = make_compose(build)
    return replace(compose, variants=(replace(compose.variants[0], images=images),))


def find_task(compose: Compose) -> Task:
    """Return the one task of a compose."""
    (task,) = rootfs.tasks(compose)
    return task


def small(build: Path, **image: Any) -> Compose:
    """Return a compose with an image `small`."""
    return compose_with(build, RootImage("small", ORIGIN, ("amd64",), **image))


def test_a_root_depends_on_the_list_of_its_packages_and_its_scripts_alone(tmp_path: Path) -> None:
    script = tmp_path / "script"
    compose = small(tmp_path, scripts=(script,))
    task = find_task(compose)
    assert task.inputs == (compose.paths.solved("Server", "amd64", "small"), script)
    assert compose.paths.epoch in task.order_only


def test_the_builder_of_an_image_makes_its_root(tmp_path: Path) -> None:
    images = [DiskImage(name, ORIGIN, ("amd64",), builder=name) for name in ("native", "mkosi", "kiwi")]
    makers = {task.name: task.run.func for task in rootfs.tasks(compose_with(tmp_path, *images))}
    assert makers == {
        "Server:amd64:native": mmdebstrap.build,
        "Server:amd64:mkosi": mkosi.build,
        "Server:amd64:kiwi": kiwi.build,
    }


def test_an_image_of_another_has_no_root_of_its_own(tmp_path: Path) -> None:
    images = (
        OstreeImage("edge", ORIGIN, ("amd64",)),
        DiskImage("disk", ORIGIN, ("amd64",), source_image="edge"),
        ContainerImage("oci", ORIGIN, ("amd64",), source_image="edge"),
    )
    assert find_task(compose_with(tmp_path, *images)).name == "Server:amd64:edge"


def test_another_builder_is_a_reason_to_make_a_root_again(tmp_path: Path) -> None:
    native_disk, kiwi_disk = (
        compose_with(tmp_path, DiskImage("disk", ORIGIN, ("amd64",), builder=name)) for name in ("native", "kiwi")
    )
    assert find_task(native_disk).uses != find_task(kiwi_disk).uses
