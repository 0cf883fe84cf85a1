from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from composelib.image.root.builders import mkosi
from composelib.stages import image_build, image_format, rootfs
from composelib.tools import mkosi as tool
from tests.kit.foreign_builder import check_boot, make_customization, make_disk_image, make_solved_compose
from tests.kit.gathered_variant import run_stages
from tests.kit.root_tars import EPOCH, make_compose
from tests.kit.tiny_archive import Key

needs_mkosi = pytest.mark.skipif(not shutil.which("mkosi") or os.geteuid() != 0, reason="needs mkosi 25 and root")


def test_mkosi_makes_the_root_and_the_disk_is_made_of_that(tmp_path: Path) -> None:
    compose = make_compose(tmp_path, make_disk_image("mkosi"))
    (root,) = rootfs.tasks(compose)
    (image,) = image_build.tasks(compose)
    assert root.run.func is mkosi.build
    assert set(root.outputs) <= set(image.inputs)
    assert root.tools == ("mkosi",)


def test_packages_come_from_the_compose_alone_and_in_exact_numbers() -> None:
    text = tool.render_configuration(tool.describe_root("bookworm", "amd64", ["one", "two"], EPOCH))
    for line in ("LocalMirror=file:///mnt/compose", "Packages=one two", "WithRecommends=no", "Architecture=x86-64"):
        assert f"{line}\n" in text


@needs_mkosi
@pytest.mark.slow
def test_a_disk_by_mkosi_boots_to_a_login(tmp_path: Path, key: Key) -> None:
    image = make_disk_image("mkosi", customize=make_customization())
    compose = make_solved_compose(tmp_path / "build", key, tmp_path / "cache", image)
    run_stages(compose, rootfs, image_build, image_format)
    check_boot(compose.paths.image("Server", "amd64", "cloud", ".raw"), "uefi", tmp_path / "serial.log")
