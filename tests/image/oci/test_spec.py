from __future__ import annotations

import json

import pytest

from composelib.image.oci import spec
from composelib.image.oci.spec import Blob, ImageMetadata, Layer

BLOB = Blob("kind/plain", "a" * 64, 7)
LAYERS = (
    Layer("bash", Blob(spec.LAYER, "b" * 64, 9), "c" * 64),
    Layer("rest", Blob(spec.LAYER, "d" * 64, 8), "e" * 64),
)
METADATA = ImageMetadata("amd64", 1_700_000_000, {"label": "x"}, {"note": "y"}, {"Cmd": ["/bin/sh"]})


def test_a_descriptor_has_annotations_only_if_there_are_any() -> None:
    plain = {"mediaType": "kind/plain", "digest": f"sha256:{'a' * 64}", "size": 7}
    assert BLOB.descriptor == plain
    assert Blob("kind/plain", "a" * 64, 7, {"n": "v"}).descriptor == plain | {"annotations": {"n": "v"}}


def test_a_configuration_names_the_plain_tars_of_the_layers_in_their_order() -> None:
    document = json.loads(spec.render_configuration(METADATA, LAYERS))
    assert document["rootfs"]["diff_ids"] == [f"sha256:{'c' * 64}", f"sha256:{'e' * 64}"]
    assert [row["created_by"] for row in document["history"]] == ["deb-compose: bash", "deb-compose: rest"]


def test_a_configuration_is_as_old_as_the_image_everywhere() -> None:
    document = json.loads(spec.render_configuration(METADATA, LAYERS))
    assert {document["created"], *(row["created"] for row in document["history"])} == {"2023-11-14T22:13:20Z"}


@pytest.mark.parametrize(
    ("arch", "name", "variant"),
    [("amd64", "amd64", None), ("armhf", "arm", "v7"), ("i386", "386", None), ("ppc64el", "ppc64le", None)],
)
def test_an_arch_has_the_name_that_oci_knows(arch: str, name: str, variant: str | None) -> None:
    document = json.loads(spec.render_configuration(ImageMetadata(arch, 0, {}, {}), ()))
    assert (document["architecture"], document.get("variant")) == (name, variant)


def test_an_image_without_a_command_has_none() -> None:
    assert "Cmd" not in json.loads(spec.render_configuration(ImageMetadata("amd64", 0, {}, {}), ()))["config"]


def test_a_manifest_names_the_compressed_layers_in_their_order() -> None:
    document = json.loads(spec.render_manifest(METADATA, BLOB, LAYERS))
    assert document["config"] == BLOB.descriptor
    assert [layer["digest"] for layer in document["layers"]] == [f"sha256:{'b' * 64}", f"sha256:{'d' * 64}"]
    assert document["annotations"] == {"note": "y"}


def test_an_attachment_names_its_subject_and_the_type_of_its_document() -> None:
    document = json.loads(spec.render_attachment(BLOB, Blob(spec.SPDX, "f" * 64, 5), Blob(spec.EMPTY, "0" * 64, 2)))
    assert (document["subject"], document["artifactType"]) == (BLOB.descriptor, spec.SPDX)


def test_an_index_names_its_entries() -> None:
    assert json.loads(spec.render_index([BLOB]))["manifests"] == [BLOB.descriptor]


def test_json_is_the_same_bytes_in_whatever_order_its_keys_came() -> None:
    assert spec.render_json({"b": 1, "a": [2]}) == spec.render_json({"a": [2], "b": 1}) == b'{"a":[2],"b":1}'
