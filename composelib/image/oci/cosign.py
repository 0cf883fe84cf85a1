"""Signatures of container images as cosign stores them: a manifest beside the image's, under the tag `sha256-DIGEST.sig`.

cosign's SIGNATURE_SPEC.md has the manifest and its annotation; containers-signature(5) the payload, called "simple signing".
"""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

from composelib.image.oci import build, spec

PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json"
SIGNATURE = "dev.cosignproject.cosign/signature"


def render_payload(repository: str, digest: str) -> bytes:
    """Return the text that is signed: which image, by the digest of its manifest or index, and the repository it is in."""
    critical = {
        "identity": {"docker-reference": repository},
        "image": {"docker-manifest-digest": digest},
        "type": "cosign container image signature",
    }
    return spec.render_json({"critical": critical, "optional": None})


def write_layout(layout: Path, payload: bytes, signature: bytes) -> None:
    """Write an OCI layout with the manifest of a signature."""
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    annotations = {SIGNATURE: base64.b64encode(signature).decode()}
    signed = replace(build.write_blob(blobs, PAYLOAD, payload), annotations=annotations)
    rootfs = {"type": "layers", "diff_ids": [f"sha256:{signed.sha256}"]}
    configuration = {"architecture": "", "os": "", "config": {}, "rootfs": rootfs}
    config = build.write_blob(blobs, spec.CONFIG, spec.render_json(configuration))
    build.write_layout(layout, build.write_blob(blobs, spec.MANIFEST, spec.render_document(config, signed)))
