"""A finished tree with a repository, a medium, an OSTree repository and a container, made by the stages themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.model.image import ContainerImage, OstreeImage
from composelib.stages import (
    checksum,
    compose_id,
    container,
    createiso,
    createrepo,
    image_checksum,
    key,
    materials,
    metadata,
    ostree,
    ostree_refs,
    provenance,
    release,
    report,
    sbom,
)
from tests.kit.committed_image import ROOT, put_root
from tests.kit.gathered_variant import choose, compose, field, image, run_stages, variant
from tests.kit.tiny_archive import TinyArchive

STAGES = (
    key,
    createrepo,
    release,
    createiso,
    compose_id,
    container,
    ostree,
    image_checksum,
    ostree_refs,
    metadata,
    sbom,
    provenance,
    materials,
    report,
    checksum,
)
NAMES = ("base", "data", "tool")


def make_whole_tree(
    build: Path, archive: TinyArchive, *, tool: str = "1.0", root: dict[str, bytes] = ROOT, installed: int = 1
) -> Compose:
    """Return a compose whose tree is finished; `tool` is that package's version, `installed` how many the images have."""
    archive.add("base", Depends="data")
    archive.add("data", arch="all")
    archive.add("tool", tool, files={"usr/bin/tool": b"the tool's own bytes " * 500})
    images = (image("dvd"), image("edge", OstreeImage, ref="demo/{version}/edge"), image("app", ContainerImage))
    whole = compose(build, variant(images=images, strict="off"))
    choose(whole, "Server", "amd64", archive, NAMES)
    fetched = whole.paths.fetched("Server", "amd64").read_text().splitlines()
    write_file(whole.paths.store_list("Server", "amd64"), "".join(f"{line.split()[0]}\n" for line in fetched))
    rows = [make_manifest_row(stanza) for stanza in list_stanzas(archive)]
    write_file(whole.paths.manifest("Server", "amd64"), json.dumps({"version": 1, "packages": rows}))
    write_file(whole.paths.solved("Server", "amd64", "edge"), json.dumps({"packages": rows[:installed]}))
    write_file(whole.paths.solved("Server", "amd64", "app"), json.dumps({"packages": rows[:installed]}))
    put_root(whole, root)
    tar = whole.paths.rootfs("Server", "amd64", "edge")
    write_file(tar.with_name("amd64-app.tar"), tar.read_bytes())
    run_stages(whole, *STAGES)
    write_file(whole.paths.status, "FINISHED\n")
    return whole


def list_stanzas(archive: TinyArchive) -> Iterable[str]:
    """Yield the stanzas of the packages in the tree."""
    return (text for (_, kind), texts in sorted(archive.stanzas.items()) if kind != "source" for text in texts)


def make_manifest_row(stanza: str) -> dict[str, object]:
    """Return the row of a package in a manifest."""
    name, version = field(stanza, "Package"), field(stanza, "Version")
    return {
        "package": name,
        "version": version,
        "architecture": field(stanza, "Architecture"),
        "component": "main",
        "source": name,
        "source_version": version,
        "archive": "tiny",
        "filename": field(stanza, "Filename"),
        "size": int(field(stanza, "Size")),
        "sha256": field(stanza, "SHA256"),
        "why": {"seed": name, "line": 3},
    }
