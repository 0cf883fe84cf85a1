"""Makes contents of composes from a few values, for tests that compare composes."""

from __future__ import annotations

import hashlib

from composelib.archive.explain.compose_diff import ComposeContents, ImageRow
from composelib.archive.explain.manifest_reader import GatheredPackage


def row(
    package: str,
    version: str = "1.0",
    arch: str = "amd64",
    *,
    source: str = "",
    source_version: str = "",
    size: int = 100,
    build: str = "",
) -> GatheredPackage:
    """Return a row of a manifest; `build` makes files of the same name and version differ."""
    filename = f"pool/main/{package[0]}/{source or package}/{package}_{version}_{arch}.deb"
    sha256 = hashlib.sha256(f"{filename} {build}".encode()).hexdigest()
    source_name = source or package
    return GatheredPackage(
        package, version, arch, source_name, source_version or version, "main", filename, size, sha256, "debian"
    )


def image(name: str = "dvd", path: str = "", size: int = 1000, content: str = "") -> ImageRow:
    """Return a row of images.json."""
    path = path or f"Server/amd64/iso/demo-12-Server-{name}-amd64.iso"
    return ImageRow("Server", "amd64", name, "iso", path, size, hashlib.sha256(content.encode()).hexdigest())


def compose(
    identity: str = "c", images: tuple[ImageRow, ...] = (), **variants: tuple[GatheredPackage, ...]
) -> ComposeContents:
    """Return a compose with rows by variant, all for amd64."""
    return ComposeContents(identity, {(variant, "amd64"): rows for variant, rows in variants.items()}, images)
