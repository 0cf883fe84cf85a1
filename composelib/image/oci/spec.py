"""An OCI image as JSON: its configuration, manifest and index (OCI image-spec 1.0)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from composelib.dataclass import dataclass
from composelib.model.container_run import ContainerRun

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
EMPTY = "application/vnd.oci.empty.v1+json"
SPDX = "application/spdx+json"
LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
VARIANTS = {"armhf": ("arm", "v7"), "armel": ("arm", "v6")}
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
ARCHES = {"i386": "386", "ppc64el": "ppc64le", "mips64el": "mips64le"}


@dataclass(frozen=True)
class Blob:
    """A file of an image, by its SHA256."""

    kind: str
    """Its media type."""
    sha256: str
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def descriptor(self) -> dict[str, Any]:
        """Its descriptor, by which other blobs refer to it."""
        plain: dict[str, Any] = {"mediaType": self.kind, "digest": f"sha256:{self.sha256}", "size": self.size}
        return plain | ({"annotations": dict(self.annotations)} if self.annotations else {})


@dataclass(frozen=True)
class Layer:
    """A layer of an image."""

    name: str
    blob: Blob
    """Its compressed tar."""
    diff: str
    """The SHA256 of its plain tar, in hex."""


@dataclass(frozen=True)
class ImageMetadata:
    """What an image's configuration and manifest say of it."""

    arch: str
    created: int
    """In seconds since 1970."""
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    run: Mapping[str, Any] = field(default_factory=dict)
    """How a container of it is run: fields of the configuration's `config`."""


def render_run(run: ContainerRun, command: Sequence[str]) -> dict[str, Any]:
    """Return how a container is run, with a default for its command."""
    ports: dict[str, Any] = {(name if "/" in name else f"{name}/tcp"): {} for name in run.ports}
    fields = {
        "Env": [f"{name}={value}" for name, value in {**ENVIRONMENT, **dict(run.env)}.items()],
        "Entrypoint": list(run.entrypoint),
        "Cmd": list(run.cmd or (() if run.entrypoint else command)),
        "User": run.user,
        "WorkingDir": run.workdir,
        "ExposedPorts": ports,
        "Volumes": {folder: {} for folder in run.volumes},
    }
    return {name: value for name, value in fields.items() if value}


def format_time(seconds: int) -> str:
    """Return a time in RFC 3339's format."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def render_configuration(metadata: ImageMetadata, layers: Sequence[Layer]) -> bytes:
    """Return an image's configuration."""
    created = format_time(metadata.created)
    return render_json(
        {
            "created": created,
            **make_platform(metadata.arch),
            "config": {**metadata.run, "Labels": dict(metadata.labels)},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer.diff}" for layer in layers]},
            "history": [{"created": created, "created_by": f"deb-compose: {layer.name}"} for layer in layers],
        }
    )


def make_platform(arch: str) -> dict[str, str]:
    """Return the fields that say which machines an image of an arch is for, in the names of Go."""
    name, variant = VARIANTS.get(arch, (ARCHES.get(arch, arch), ""))
    return {"architecture": name, "os": "linux", **({"variant": variant} if variant else {})}


def render_manifest(metadata: ImageMetadata, config: Blob, layers: Sequence[Layer]) -> bytes:
    """Return an image's manifest."""
    return render_json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config.descriptor,
            "layers": [layer.blob.descriptor for layer in layers],
            "annotations": dict(metadata.annotations),
        }
    )


def render_attachment(subject: Blob, document: Blob, empty: Blob) -> bytes:
    """Return the manifest of a document that is attached to an image (OCI image-spec 1.1, `subject`)."""
    return render_json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": document.kind,
            "config": empty.descriptor,
            "layers": [document.descriptor],
            "subject": subject.descriptor,
        }
    )


def render_document(config: Blob, document: Blob) -> bytes:
    """Return the manifest of a document that is no image."""
    return render_json(
        {"schemaVersion": 2, "mediaType": MANIFEST, "config": config.descriptor, "layers": [document.descriptor]}
    )


def render_index(entries: Sequence[Blob]) -> bytes:
    """Return the index of a layout."""
    return render_json({"schemaVersion": 2, "manifests": [entry.descriptor for entry in entries]})


def render_image_index(images: Sequence[tuple[str, Blob]]) -> bytes:
    """Return the index of an image's manifests, each with its arch."""
    entries = [manifest.descriptor | {"platform": make_platform(arch)} for arch, manifest in images]
    return render_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})


def render_json(value: Any) -> bytes:
    """Return JSON that is the same for the same value: sorted and without blanks, as digests are made of it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
