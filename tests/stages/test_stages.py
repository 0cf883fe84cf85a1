"""Stages are found, and imported only if they can have tasks.

Also covers: composelib.stages.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from composelib.model.compose import Compose
from composelib.model.image import IMAGE_KINDS, DiskImage
from composelib.model.image_traits import Image
from composelib.stages import find_unused, stages
from tests.kit.gathered_variant import compose, image, variant

MADE_OF = {"ostree-installer": {"source_image": "base"}}


def one_of(kind: type[Image]) -> Compose:
    return compose(Path("build"), variant(images=(image("it", kind, **MADE_OF.get(kind.kind, {})),)))


@pytest.mark.parametrize("kind", IMAGE_KINDS, ids=lambda kind: kind.kind)
def test_a_stage_that_is_not_imported_has_no_tasks(kind: type[Image]) -> None:
    unused = find_unused(one_of(kind))
    assert unused
    assert [name for name in unused if import_module(f"composelib.stages.{name}").tasks(one_of(kind))] == []


def test_without_images_the_stages_of_all_kinds_are_unused() -> None:
    plain = compose(Path("build"), variant())
    unused = find_unused(plain)
    assert {"createiso", "rootfs", "ostree", "container", "source", "build", "lint"} <= unused
    assert [name for name in unused if import_module(f"composelib.stages.{name}").tasks(plain)] == []


def test_a_stage_that_is_not_imported_is_listed_with_its_summary() -> None:
    demo = one_of(DiskImage)
    listed = {stage.name: stage.doc for stage in stages(demo)}
    assert sorted(listed) == sorted(path.stem for path in Path("composelib/stages").glob("[a-z]*.py"))
    for name in find_unused(demo):
        assert listed[name] == (import_module(f"composelib.stages.{name}").__doc__ or "").partition("\n")[0]
