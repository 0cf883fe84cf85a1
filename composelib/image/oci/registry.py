"""Push what belongs to images in a registry: documents and signatures beside them, and indices of several arches."""

from __future__ import annotations

from pathlib import Path

from composelib.files import scratch_folder
from composelib.image.oci import build, cosign, spec
from composelib.tools import openssl, skopeo
from composelib.tools.run import run


def push_signature(key: Path, repository: str, digest: str, work: Path) -> None:
    """Sign an image or index in a registry as cosign does, with a private key in PEM."""
    payload = cosign.render_payload(repository, digest)
    signature = run(openssl.sign_with_pem(key), input=payload, capture=True).stdout
    with scratch_folder(work) as layout:
        cosign.write_layout(layout, payload, signature)
        push_layout(layout, f"{repository}:{digest.replace(':', '-')}.sig")


def push_layout(layout: Path, target: str) -> None:
    """Push the image of an OCI layout to `REGISTRY/NAME:TAG` or `REGISTRY/NAME@DIGEST`."""
    run(skopeo.push(f"oci:{layout}", target), env=skopeo.find_login())


def upload_index(index: bytes, repository: str, work: Path) -> str:
    """Push an index of images that are in a repository, by its digest; return the digest."""
    with scratch_folder(work) as layout:
        blobs = layout / "blobs" / "sha256"
        blobs.mkdir(parents=True)
        blob = build.write_blob(blobs, spec.INDEX, index)
        build.write_layout(layout, blob)
        digest = f"sha256:{blob.sha256}"
        run(skopeo.push_bare_index(f"oci:{layout}", f"{repository}@{digest}"), env=skopeo.find_login())
    return digest
