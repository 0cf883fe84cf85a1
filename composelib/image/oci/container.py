"""Make a container image of a tree: what containers of packages and containers of commits have in common."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from composelib.files import read_epoch
from composelib.image.oci import build as oci_build
from composelib.image.oci.build import ContainerTree
from composelib.image.oci.description import ContainerDescription
from composelib.image.oci.layers import Owners
from composelib.image.oci.spec import Blob, ImageMetadata, format_time, render_run
from composelib.text.json_file import read_json

NAMESPACE = "org.opencontainers.image"


def map_owners(description: ContainerDescription, tree: ContainerTree, database: str) -> Owners:
    """Return the layers of a tree's paths; `database` is the folder of dpkg's database in it."""
    rows = read_json(description.packages)["packages"]
    return oci_build.read_owners(tree, database, {row["package"]: row["source"] for row in rows})


def build_container(
    description: ContainerDescription,
    tree: ContainerTree,
    owners: Owners,
    labels: Mapping[str, str],
    command: tuple[str, ...],
    folder: Path,
) -> Blob:
    """Make an image of a tree, working in `folder`; return the image's manifest.

    `owners` are the layers of the paths; `labels` are added to the usual ones.
    """
    epoch = read_epoch(description.epoch)
    tars = oci_build.split_layers(tree, owners, folder / "layers")
    layers = oci_build.compress_layers(tars, folder / "blobs")
    usual = {
        f"{NAMESPACE}.title": description.title,
        f"{NAMESPACE}.version": labels.get(f"{NAMESPACE}.version", description.version),
        f"{NAMESPACE}.created": format_time(epoch),
        **({f"{NAMESPACE}.source": description.address} if description.address else {}),
    }
    labels = {**labels, **dict(description.run.labels)}
    annotations = {**usual, **select_annotations(labels)}
    run = render_run(description.run, command)
    metadata = ImageMetadata(description.arch, epoch, {**usual, **labels}, annotations, run)
    return oci_build.write_archive(metadata, layers, folder / "blobs", description.name, description.archive)


def select_annotations(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the labels that also become annotations of the manifest."""
    return {name: value for name, value in labels.items() if name.startswith(("org.", "ostree."))}
