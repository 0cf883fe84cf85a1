from __future__ import annotations

import io
import json
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from composelib.image.oci import build as oci_build
from composelib.image.oci.container import build_container, map_owners, select_annotations
from composelib.image.oci.description import ContainerDescription
from composelib.image.root.tar import normalize_path
from composelib.model.container_run import ContainerRun

EPOCH = 1_700_000_000
CREATED = "2023-11-14T22:13:20Z"
ROW = {
    "package": "tool",
    "version": "2:1.0-1",
    "architecture": "amd64",
    "source": "tools",
    "source_version": "1.0",
    "sha256": "a" * 64,
}
FILES = {"usr/bin/tool": b"tool", "var/lib/dpkg/info/tool.list": b"/usr/bin/tool\n", "etc/made": b"setting"}


@pytest.fixture
def description(tmp_path: Path) -> ContainerDescription:
    (tmp_path / "packages.json").write_text(json.dumps({"packages": [ROW]}))
    (tmp_path / "epoch").write_text(f"{EPOCH}\n")
    return ContainerDescription(
        title="Demo Server tool",
        arch="amd64",
        version="12",
        address="https://example.org/",
        packages=tmp_path / "packages.json",
        epoch=tmp_path / "epoch",
        archive=tmp_path / "tool.oci.tar",
        name="demo-12-server-tool",
        run=ContainerRun(),
    )


def build(description: ContainerDescription, labels: Mapping[str, str]) -> dict[str, Any]:
    """Make a container and return its configuration and manifest, merged."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in FILES.items():
            member = tarfile.TarInfo(f"./{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    stream.seek(0)
    folder = description.archive.parent
    with tarfile.open(fileobj=stream) as tar:
        tree = oci_build.read_tree(tar, lambda member: normalize_path(member.name), EPOCH)
        manifest = build_container(
            description, tree, map_owners(description, tree, "var/lib/dpkg"), labels, ("/bin/sh",), folder
        )
    with tarfile.open(description.archive) as archive:
        document = read_blob(archive, manifest.sha256)
        configuration = read_blob(archive, document["config"]["digest"].removeprefix("sha256:"))
    return configuration | document | {"configuration": configuration["config"]}


def read_blob(archive: tarfile.TarFile, sha256: str) -> dict[str, Any]:
    stream = archive.extractfile(f"blobs/sha256/{sha256}")
    assert stream
    document: dict[str, Any] = json.load(stream)
    return document


def layer_files(description: ContainerDescription, layer: dict[str, str]) -> list[str]:
    with tarfile.open(description.archive) as archive:
        stream = archive.extractfile(f"blobs/sha256/{layer['digest'].removeprefix('sha256:')}")
        assert stream
        return tarfile.open(fileobj=io.BytesIO(stream.read())).getnames()


def test_an_image_is_labelled_with_its_title_version_date_and_address(description: ContainerDescription) -> None:
    usual = {"title": "Demo Server tool", "version": "12", "created": CREATED, "source": "https://example.org/"}
    labels = {f"org.opencontainers.image.{name}": value for name, value in usual.items()}
    assert build(description, {})["configuration"]["Labels"] == labels


def test_labels_of_the_image_stand_above_the_usual_ones(description: ContainerDescription) -> None:
    document = build(description, {"org.opencontainers.image.version": "12.3", "plain": "x"})
    labels = document["configuration"]["Labels"]
    assert (labels["org.opencontainers.image.version"], labels["plain"]) == ("12.3", "x")
    assert "plain" not in document["annotations"]


def test_what_no_package_owns_is_in_the_last_layer(description: ContainerDescription) -> None:
    packages, rest = (layer_files(description, layer) for layer in build(description, {})["layers"])
    assert ("usr/bin/tool" in packages, "etc/made" in packages) == (True, False)
    assert ("usr/bin/tool" in rest, "etc/made" in rest) == (False, True)


def test_labels_of_oci_and_ostree_are_annotations_as_well() -> None:
    labels = {"org.x": "1", "ostree.commit": "2", "containers.bootc": "3"}
    assert select_annotations(labels) == {"org.x": "1", "ostree.commit": "2"}


RUN = ContainerRun(
    entrypoint=("nginx", "-g", "daemon off;", "-g"),
    env=(("A", "1"), ("PATH", "/bin")),
    user="www-data:www-data",
    workdir="/srv",
    ports=("80", "53/udp"),
    volumes=("/var/lib/data",),
    labels=(("org.opencontainers.image.title", "Web"),),
)


def test_skopeo_reads_how_a_container_is_run(description: ContainerDescription) -> None:
    build(replace(description, run=RUN), {})
    inspect = ["skopeo", "inspect", "--config", f"oci-archive:{description.archive}"]
    shown = json.loads(subprocess.run(inspect, check=True, capture_output=True).stdout)["config"]
    assert shown["Entrypoint"] == ["nginx", "-g", "daemon off;", "-g"]
    assert shown["Env"] == ["PATH=/bin", "A=1"]
    assert (shown["User"], shown["WorkingDir"]) == ("www-data:www-data", "/srv")
    assert sorted(shown["ExposedPorts"]) == ["53/udp", "80/tcp"]
    assert list(shown["Volumes"]) == ["/var/lib/data"]
    assert shown["Labels"]["org.opencontainers.image.title"] == "Web"
    assert "Cmd" not in shown


def test_the_archive_calls_its_image_by_compose_variant_and_image(description: ContainerDescription) -> None:
    build(description, {})
    copy = [
        "skopeo",
        "copy",
        "-q",
        f"oci-archive:{description.archive}:demo-12-server-tool",
        "dir:" + str(description.archive.parent / "copy"),
    ]
    subprocess.run(copy, check=True)
