"""What the two kinds of container images have in common: names, labels, list of packages, and the way they are put together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composelib.archive.format.repository import Chosen
from composelib.files import read_epoch, write
from composelib.image.oci import build as oci_build
from composelib.image.oci.build import Tree
from composelib.image.oci.spec import Blob, Meaning, moment
from composelib.model.compose import Compose
from composelib.text import spdx

NAMESPACE = "org.opencontainers.image"


@dataclass(frozen=True)
class Container:
    """What an image says of itself, and where its parts are."""

    title: str
    arch: str
    version: str
    address: str
    """Where the compose is served; empty when that is not known."""
    namespace: str
    """Of the packages' URLs in the list of packages."""
    packages: Path
    epoch: Path
    archive: Path
    """The OCI archive that is made."""
    bill: Path
    """The list of packages that is made, as SPDX."""


def described(compose: Compose, variant: str, arch: str, image: str, packages_of: str) -> Container:
    """Give what a container image of a compose is called and made of; `packages_of` is the image whose packages it has."""
    release = compose.release
    return Container(
        title=f"{release.name} {variant} {image}",
        arch=arch,
        version=release.version,
        address=compose.base_url,
        namespace=release.short,
        packages=compose.paths.solved(variant, arch, packages_of),
        epoch=compose.paths.epoch,
        archive=compose.paths.image(variant, arch, image, ".oci.tar"),
        bill=compose.paths.image(variant, arch, image, ".spdx.json"),
    )


def build(
    made: Container, tree: Tree, database: str, labels: Mapping[str, str], command: tuple[str, ...], folder: Path
) -> Blob:
    """Make an image of a tree, working in `folder`, with its list of packages beside it; gives its manifest.

    `database` is where dpkg's is in the tree; `labels` are added to the usual ones.
    """
    epoch = read_epoch(made.epoch)
    rows = json.loads(made.packages.read_text())["packages"]
    owned = oci_build.owners(tree, database, {row["package"]: row["source"] for row in rows})
    packed = oci_build.pack(oci_build.split(tree, owned, folder / "layers"), folder / "blobs")
    usual = {
        f"{NAMESPACE}.title": made.title,
        f"{NAMESPACE}.version": labels.get(f"{NAMESPACE}.version", made.version),
        f"{NAMESPACE}.created": moment(epoch),
        **({f"{NAMESPACE}.source": made.address} if made.address else {}),
    }
    meaning = Meaning(made.arch, epoch, {**usual, **labels}, {**usual, **annotated(labels)}, command)
    write(made.bill, bill_of(made, rows, epoch))
    return oci_build.write_archive(meaning, packed, folder / "blobs", made.version, made.archive)


def annotated(labels: Mapping[str, str]) -> dict[str, str]:
    """Give the labels that are annotations of the manifest, too."""
    return {name: value for name, value in labels.items() if name.startswith(("org.", "ostree."))}


def bill_of(made: Container, rows: list[dict[str, Any]], epoch: int) -> str:
    """Give the list of an image's packages as SPDX."""
    chosen = [Chosen(made.namespace, "main", stanza(row)) for row in rows]
    return json.dumps(spdx.document(made.archive.name, chosen, epoch), indent=1, sort_keys=True) + "\n"


def stanza(row: Mapping[str, Any]) -> bytes:
    """Give the fields of a package that a list of packages has."""
    fields = {
        "Package": row["package"],
        "Source": f"{row['source']} ({row['source_version']})",
        "Version": row["version"],
        "Architecture": row["architecture"],
        "SHA256": row["sha256"],
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items()).encode()
