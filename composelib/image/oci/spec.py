"""An OCI image as JSON: its configuration, manifest and index (OCI image-spec 1.0)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
EMPTY = "application/vnd.oci.empty.v1+json"
SPDX = "application/spdx+json"
LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
VARIANTS = {"armhf": ("arm", "v7"), "armel": ("arm", "v6")}
ARCHES = {"i386": "386", "ppc64el": "ppc64le", "mips64el": "mips64le"}


@dataclass(frozen=True)
class Blob:
    """A blob: its type, SHA256 in hex and size."""

    kind: str
    sha256: str
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def descriptor(self) -> dict[str, Any]:
        """How other parts of an image refer to it."""
        plain: dict[str, Any] = {"mediaType": self.kind, "digest": f"sha256:{self.sha256}", "size": self.size}
        return plain | ({"annotations": dict(self.annotations)} if self.annotations else {})


@dataclass(frozen=True)
class Layer:
    """A layer: what it is called, its compressed blob, and the SHA256 of its tar."""

    name: str
    blob: Blob
    diff: str


@dataclass(frozen=True)
class Meaning:
    """What an image says of itself."""

    arch: str
    created: int
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    command: tuple[str, ...] = ()


def moment(seconds: int) -> str:
    """Give a time as RFC 3339 has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def configuration(meaning: Meaning, layers: Sequence[Layer]) -> bytes:
    """Give an image's configuration."""
    created = moment(meaning.created)
    name, variant = VARIANTS.get(meaning.arch, (ARCHES.get(meaning.arch, meaning.arch), ""))
    run: dict[str, Any] = {
        "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        "Labels": dict(meaning.labels),
        **({"Cmd": list(meaning.command)} if meaning.command else {}),
    }
    return canonical(
        {
            "created": created,
            "architecture": name,
            **({"variant": variant} if variant else {}),
            "os": "linux",
            "config": run,
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer.diff}" for layer in layers]},
            "history": [{"created": created, "created_by": f"deb-compose: {layer.name}"} for layer in layers],
        }
    )


def manifest(meaning: Meaning, config: Blob, layers: Sequence[Layer]) -> bytes:
    """Give an image's manifest."""
    return canonical(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config.descriptor,
            "layers": [layer.blob.descriptor for layer in layers],
            "annotations": dict(meaning.annotations),
        }
    )


def attached(subject: Blob, document: Blob, empty: Blob) -> bytes:
    """Give the manifest of a document that is attached to an image (OCI image-spec 1.1, `subject`)."""
    return canonical(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": document.kind,
            "config": empty.descriptor,
            "layers": [document.descriptor],
            "subject": subject.descriptor,
        }
    )


def index(entries: Sequence[Blob]) -> bytes:
    """Give the index of a layout."""
    return canonical({"schemaVersion": 2, "manifests": [entry.descriptor for entry in entries]})


def canonical(value: Any) -> bytes:
    """Give JSON in the one way that we write it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
