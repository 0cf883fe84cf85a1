"""What image kinds declare.

Also covers: composelib.model.image_traits.
"""

from __future__ import annotations

import pytest

from composelib.model.image import (
    IMAGE_KINDS,
    ContainerImage,
    DiskImage,
    IsoImage,
    LiveImage,
    NetbootImage,
    OstreeImage,
    OstreeInstallerImage,
    RootImage,
)
from composelib.model.image_traits import DerivedImage, Image, RootedImage
from composelib.model.origin import Origin

ORIGIN = Origin("x.yaml", 1, 1)


def image(kind: type[Image], **fields: object) -> Image:
    """Return an image of a kind for amd64 and arm64."""
    return kind("it", ORIGIN, ("amd64", "arm64"), **fields)  # type: ignore[arg-type] # a test's own fields


def test_the_kinds_are_those_with_a_word_in_their_order() -> None:
    words = ["iso", "live", "disk", "ostree", "container", "ostree-installer", "netboot", "root"]
    assert [kind.kind for kind in IMAGE_KINDS] == words


@pytest.mark.parametrize("kind", IMAGE_KINDS, ids=lambda kind: kind.kind)
def test_each_kind_has_stages_that_make_it(kind: type[Image]) -> None:
    assert kind.stages


@pytest.mark.parametrize("kind", IMAGE_KINDS, ids=lambda kind: kind.kind)
def test_what_a_kind_is_made_of_are_other_kinds(kind: type[Image]) -> None:
    words = {source.kind for source in IMAGE_KINDS if source is not kind}
    assert not issubclass(kind, DerivedImage) or (words.issuperset(kind.made_of) and kind.made_of)


@pytest.mark.parametrize("kind", IMAGE_KINDS, ids=lambda kind: kind.kind)
def test_an_image_has_a_root_if_its_packages_are_installed_in_one(kind: type[Image]) -> None:
    assert image(kind).has_root == issubclass(kind, RootedImage)


@pytest.mark.parametrize("kind", [DiskImage, ContainerImage])
def test_an_image_of_another_one_has_no_root(kind: type[Image]) -> None:
    assert not image(kind, source_image="edge").has_root


@pytest.mark.parametrize(
    ("kind", "fields", "folder", "suffixes"),
    [
        (IsoImage, {}, "iso", (".iso",)),
        (IsoImage, {"jigdo": True}, "iso", (".iso", ".jigdo", ".template")),
        (LiveImage, {}, "iso", (".iso",)),
        (NetbootImage, {}, "iso", (".iso",)),
        (OstreeInstallerImage, {}, "iso", (".iso",)),
        (DiskImage, {}, "images", (".raw",)),
        (DiskImage, {"formats": ("qcow2", "raw.xz")}, "images", (".qcow2", ".raw.xz")),
        (RootImage, {}, "images", (".tar",)),
        (RootImage, {"formats": ("tar.xz",)}, "images", (".tar.xz",)),
        (ContainerImage, {}, "images", (".oci.tar",)),
        (OstreeImage, {}, "images", ()),
    ],
)
def test_an_image_is_delivered_as_its_kinds_files(
    kind: type[Image], fields: dict[str, object], folder: str, suffixes: tuple[str, ...]
) -> None:
    delivered = image(kind, **fields)
    assert (delivered.folder, delivered.suffixes) == (folder, suffixes)


def test_an_iso_of_sources_is_made_once() -> None:
    assert image(IsoImage, source=True).delivered_arches == ("source",)
    assert image(IsoImage).delivered_arches == ("amd64", "arm64")


def test_an_iso_of_sources_may_fail_if_it_may_on_every_arch() -> None:
    assert image(IsoImage, failable=("amd64", "arm64")).may_fail("source")
    assert not image(IsoImage, failable=("amd64",)).may_fail("source")
