from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

from composelib.image.oci import cosign

DIGEST = f"sha256:{'1' * 64}"


def test_the_payload_names_repository_and_digest() -> None:
    payload = json.loads(cosign.render_payload("registry.example/demo", DIGEST))
    assert payload["critical"]["identity"] == {"docker-reference": "registry.example/demo"}
    assert payload["critical"]["image"] == {"docker-manifest-digest": DIGEST}
    assert payload["critical"]["type"] == "cosign container image signature"


def test_a_signatures_manifest_has_the_payload_as_its_layer_and_the_signature_beside_it(tmp_path: Path) -> None:
    cosign.write_layout(tmp_path / "layout", b"payload", b"signature")
    blobs = tmp_path / "layout/blobs/sha256"
    (entry,) = json.loads((tmp_path / "layout/index.json").read_text())["manifests"]
    manifest = json.loads((blobs / entry["digest"].removeprefix("sha256:")).read_text())
    (layer,) = manifest["layers"]
    assert layer["digest"] == f"sha256:{hashlib.sha256(b'payload').hexdigest()}"
    assert layer["mediaType"] == "application/vnd.dev.cosign.simplesigning.v1+json"
    assert base64.b64decode(layer["annotations"]["dev.cosignproject.cosign/signature"]) == b"signature"
    config = json.loads((blobs / manifest["config"]["digest"].removeprefix("sha256:")).read_text())
    assert config["rootfs"]["diff_ids"] == [layer["digest"]]
