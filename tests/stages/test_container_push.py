from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from composelib.image.oci import build, cosign, spec
from composelib.model.compose import Compose
from composelib.model.image import ContainerImage
from composelib.stages import container_push
from composelib.task import Task
from composelib.text.json_file import read_json
from tests.kit.committed_image import ORIGIN, make_compose, put
from tests.kit.image_registry import serve_registry


def compose_with(push: str, *arches: str, build: Path = Path("build"), **image_keys: Any) -> Compose:
    """Return a compose with a container that is pushed to an address."""
    compose = make_compose(build)
    image = ContainerImage("oci", ORIGIN, arches, source_image="edge", push=push, **image_keys)
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
    addresses = [task.uses["address"] for task in list_tasks(push, "amd64", "arm64") if ":all:" not in task.name]
    assert addresses == ["registry.example/demo:12-amd64", "registry.example/demo:12-arm64"]


def test_a_container_without_an_address_is_not_pushed() -> None:
    assert list_tasks("", "amd64") == ()


def test_several_arches_have_one_index_unless_their_addresses_differ() -> None:
    *_, task = list_tasks("registry.example/demo:{version}", "amd64", "arm64")
    assert (task.name, task.uses) == (
        "Server:all:oci",
        {"address": "registry.example/demo:12", "arches": ["amd64", "arm64"]},
    )
    assert not [task for task in list_tasks("registry.example/demo:{arch}", "amd64", "arm64") if ":all:" in task.name]


def put_archives(compose: Compose) -> None:
    """Write a container without layers for each arch, and its bill of materials."""
    for arch in ("amd64", "arm64"):
        archive = compose.paths.image("Server", arch, "oci", ".oci.tar")
        blobs = archive.parent / "blobs"
        blobs.mkdir(parents=True)
        build.write_archive(spec.ImageMetadata(arch, 0, {}, {}), [], blobs, "oci", archive)
        put(compose.paths.image("Server", arch, "oci", ".spdx.json"), b"{}")


def ask(registry: str, path: str) -> bytes:
    """Return what a registry answers."""
    request = Request(f"http://{registry}/v2/demo/{path}", headers={"Accept": f"{spec.INDEX}, {spec.MANIFEST}"})
    with urlopen(request) as answer:  # noqa: S310 - a registry on this machine
        content: bytes = answer.read()
    return content


@pytest.mark.skipif(not shutil.which("docker-registry"), reason="needs docker-registry")
def test_the_index_is_pushed_by_digest_and_signed_as_by_cosign(tmp_path: Path) -> None:
    secret, public = tmp_path / "cosign.pem", tmp_path / "cosign.pub"
    curve: list[str | Path] = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    subprocess.run(["openssl", "genpkey", *curve, "-out", secret], check=True)
    subprocess.run(["openssl", "pkey", "-in", secret, "-pubout", "-out", public], check=True)
    with serve_registry(tmp_path) as registry:
        compose = compose_with(
            f"{registry}/demo:{{version}}", "amd64", "arm64", build=tmp_path / "build", cosign_key=secret
        )
        put_archives(compose)
        for task in container_push.tasks(compose):
            task.run()
        record = read_json(compose.paths.push_record("Server", "all", "oci"))
        index = ask(registry, "manifests/12")
        signature = json.loads(ask(registry, f"manifests/{record['digest'].replace(':', '-')}.sig"))["layers"][0]
        payload = ask(registry, f"blobs/{signature['digest']}")
    assert record["digest"] == f"sha256:{hashlib.sha256(index).hexdigest()}"
    entries = json.loads(index)["manifests"]
    assert [entry["platform"]["architecture"] for entry in entries] == ["amd64", "arm64"]
    pushed = [read_json(compose.paths.push_record("Server", arch, "oci"))["digest"] for arch in ("amd64", "arm64")]
    assert [entry["digest"] for entry in entries] == pushed
    assert json.loads(payload)["critical"]["image"] == {"docker-manifest-digest": record["digest"]}
    (tmp_path / "signature").write_bytes(base64.b64decode(signature["annotations"][cosign.SIGNATURE]))
    verify: list[str | Path] = ["openssl", "dgst", "-sha256", "-verify", public, "-signature", tmp_path / "signature"]
    subprocess.run(verify, input=payload, check=True)
