"""Push containers to their registries by digest, then give them their tag, once nothing can doom the compose."""

from __future__ import annotations

import json
import tarfile
from functools import partial
from pathlib import Path

from composelib.files import scratch, write
from composelib.image.oci import build, spec
from composelib.image.oci.spec import Blob
from composelib.image.placeholders import filled
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.variant import Variant
from composelib.task import Json, Task
from composelib.tools import skopeo
from composelib.tools.run import run

FORMAT = "1"


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each container that has an address to be pushed to, and each of its arches."""
    return tuple(
        task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.kind == "container" and image.push
        for arch in image.arches
    )


def task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one image and arch."""
    address = address_of(compose, variant, arch, image)
    archive = compose.paths.image(variant.name, arch, image.name, ".oci.tar")
    bill = compose.paths.image(variant.name, arch, image.name, ".spdx.json")
    record = compose.paths.work("container_push", variant.name, f"{arch}-{image.name}.json")
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"push {archive.name} to {address}",
        run=partial(push, archive, bill, address, record),
        inputs=(archive, bill),
        order_only=compose.required_results,
        outputs=(record,),
        uses={"address": address},
        tools=("skopeo",),
        failable=image.may_fail(arch),
        pool="network",
    )


def address_of(compose: Compose, variant: Variant, arch: str, image: Image) -> str:
    """Give `REGISTRY/NAME:TAG`; of an image for several arches that does not say where its arch goes, it ends the tag."""
    address = filled(image.push, compose, variant.name, arch, image.name)
    if ":" not in address.rpartition("/")[2]:
        address = f"{address}:{compose.release.version}"
    return f"{address}-{arch}" if len(image.arches) > 1 and "{arch}" not in image.push else address


def push(archive: Path, bill: Path, address: str, record: Path) -> None:
    """Push an image by its digest with its list of packages attached, then let the tag stand for it."""
    manifest = manifest_of(archive)
    repository = address.rpartition(":")[0]
    pushed = f"{repository}@sha256:{manifest.sha256}"
    login = skopeo.login()
    run(skopeo.push(f"oci-archive:{archive}", pushed), env=login, package=skopeo.PACKAGE)
    with scratch(record.with_suffix(".bill")) as layout:
        lay_bill(layout, bill.read_bytes(), manifest)
        run(
            skopeo.push(f"oci:{layout}", f"{repository}:sha256-{manifest.sha256}.sbom"),
            env=login,
            package=skopeo.PACKAGE,
        )
    run(skopeo.name(pushed, address), env=login, package=skopeo.PACKAGE)
    content: dict[str, Json] = {"version": FORMAT, "address": address, "digest": f"sha256:{manifest.sha256}"}
    write(record, json.dumps(content, indent=1, sort_keys=True) + "\n")


def manifest_of(archive: Path) -> Blob:
    """Give the manifest of the image in an OCI archive."""
    with tarfile.open(archive) as tar:
        entry = json.loads(build.member(tar, "index.json"))["manifests"][0]
    return Blob(spec.MANIFEST, entry["digest"].removeprefix("sha256:"), entry["size"])


def lay_bill(layout: Path, bill: bytes, subject: Blob) -> None:
    """Write a list of packages that is attached to an image as an OCI layout."""
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    document, empty = build.put(blobs, spec.SPDX, bill), build.put(blobs, spec.EMPTY, b"{}")
    attached = build.put(blobs, spec.MANIFEST, spec.attached(subject, document, empty))
    (layout / "oci-layout").write_bytes(spec.LAYOUT)
    (layout / "index.json").write_bytes(spec.index([attached]))
