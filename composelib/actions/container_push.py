"""Push a container image with its SBOM to a registry."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.files import scratch_folder
from composelib.image.oci import build, registry, spec
from composelib.image.oci.spec import Blob
from composelib.text.json_file import read_json, write_json
from composelib.tools import skopeo
from composelib.tools.run import run

if TYPE_CHECKING:
    from composelib.stages.container_push import ContainerPushJob, IndexPushJob

FORMAT = 1


def push(job: ContainerPushJob) -> None:
    """Push an image by its digest with its SBOM attached, then tag it."""
    manifest = read_manifest(job.archive)
    digest = f"sha256:{manifest.sha256}"
    repository = job.address.rpartition(":")[0]
    pushed = f"{repository}@{digest}"
    login = skopeo.find_login()
    run(skopeo.push(f"oci-archive:{job.archive}", pushed), env=login)
    with scratch_folder(job.record.with_suffix(".sbom")) as layout:
        write_sbom_layout(layout, job.sbom.read_bytes(), manifest)
        registry.push_layout(layout, f"{repository}:sha256-{manifest.sha256}.sbom")
    if job.cosign_key:
        registry.push_signature(job.cosign_key, repository, digest, job.record.with_suffix(".sig"))
    run(skopeo.tag(pushed, job.address), env=login)
    write_json(job.record, {"version": FORMAT, "address": job.address, "digest": digest, "size": manifest.size})


def push_index(job: IndexPushJob) -> None:
    """Push an index of images by its digest, sign it, then tag it."""
    repository = job.address.rpartition(":")[0]
    images = [
        (arch, Blob(spec.MANIFEST, row["digest"].removeprefix("sha256:"), row["size"]))
        for arch, path in job.records
        if path.exists()
        for row in [read_json(path)]
    ]
    index = spec.render_image_index(images)
    digest = registry.upload_index(index, repository, job.record.with_suffix(".index"))
    if job.cosign_key:
        registry.push_signature(job.cosign_key, repository, digest, job.record.with_suffix(".sig"))
    run(skopeo.tag(f"{repository}@{digest}", job.address), env=skopeo.find_login())
    write_json(job.record, {"version": FORMAT, "address": job.address, "digest": digest, "size": len(index)})


def read_manifest(archive: Path) -> Blob:
    """Return the manifest of the image in an OCI archive, as its index describes it."""
    with tarfile.open(archive) as tar:
        entry = json.loads(build.read_member(tar, "index.json"))["manifests"][0]
    return Blob(spec.MANIFEST, entry["digest"].removeprefix("sha256:"), entry["size"])


def write_sbom_layout(layout: Path, sbom: bytes, subject: Blob) -> None:
    """Write an OCI layout with an SBOM that is attached to the image of a manifest."""
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    document, empty = build.write_blob(blobs, spec.SPDX, sbom), build.write_blob(blobs, spec.EMPTY, b"{}")
    attached = build.write_blob(blobs, spec.MANIFEST, spec.render_attachment(subject, document, empty))
    build.write_layout(layout, attached)
