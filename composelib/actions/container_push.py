"""Push a container image with its SBOM to a registry."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.files import scratch_folder
from composelib.image.oci import build, spec
from composelib.image.oci.spec import Blob
from composelib.text.json_file import write_json
from composelib.tools import skopeo
from composelib.tools.run import run

if TYPE_CHECKING:
    from composelib.stages.container_push import ContainerPushJob

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
        target = f"{repository}:sha256-{manifest.sha256}.sbom"
        run(skopeo.push(f"oci:{layout}", target), env=login)
    run(skopeo.tag(pushed, job.address), env=login)
    write_json(job.record, {"version": FORMAT, "address": job.address, "digest": digest})


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
    (layout / "oci-layout").write_bytes(spec.LAYOUT)
    (layout / "index.json").write_bytes(spec.render_index([attached]))
