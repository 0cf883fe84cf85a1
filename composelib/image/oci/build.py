"""Make container images of a root's tar: OCI archives in layers by package, with the same bytes whenever made."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from copy import copy
from dataclasses import field, replace
from io import BytesIO
from pathlib import Path
from typing import IO

from composelib.dataclass import dataclass
from composelib.files import sha256_of, written_aside
from composelib.image.oci import layers, spec
from composelib.image.oci.spec import Blob, ImageMetadata, Layer
from composelib.image.root.tar import CAPABILITY, normalize_path

BLOCK = 1 << 20
LEVEL = 6  # of gzip, its own default
PathMap = Callable[[tarfile.TarInfo], str]
"""Returns the path that a tar's member has in the image; empty if it has none."""


@dataclass
class ContainerTree:
    """The members of a root's tar under their paths in the image, and members that the tar does not have."""

    tar: tarfile.TarFile
    members: dict[str, tarfile.TarInfo] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    """The first path of each hard link, by its path."""
    added: dict[str, bytes] = field(default_factory=dict)
    """The contents of files that the tar does not have, by path."""


def read_tree(tar: tarfile.TarFile, map_path: PathMap, epoch: int) -> ContainerTree:
    """Return the members of a root's tar under their paths in the image.

    A file of a package keeps its time; the time of a folder, and of a file that is not older than the epoch, is dropped.
    """
    tree = ContainerTree(tar)
    moved: dict[str, str] = {}
    for member in tar:
        name = map_path(member)
        if not name:
            continue
        moved[normalize_path(member.name)] = name
        plain = copy(member)
        plain.name, plain.uname, plain.gname = name, "", ""
        plain.pax_headers = {key: value for key, value in member.pax_headers.items() if key == CAPABILITY}
        plain.mtime = 0 if member.isdir() or member.mtime >= epoch else int(member.mtime)
        if member.islnk():
            tree.links[name] = plain.linkname = moved[normalize_path(member.linkname)]
        tree.members[name] = plain
    return tree


def add_missing(tree: ContainerTree, members: Iterable[tarfile.TarInfo]) -> None:
    """Add folders and links to a tree where it has no member of their path."""
    for member in members:
        tree.members.setdefault(member.name, member)


def add_file(tree: ContainerTree, path: str, content: bytes) -> None:
    """Add a file to a tree, and the folders above it."""
    add_missing(tree, (make_folder_info(str(parent)) for parent in [*Path(path).parents][:-1]))
    tree.members[path] = make_file_info(path, len(content))
    tree.added[path] = content


def open_file(tree: ContainerTree, path: str) -> IO[bytes] | None:
    """Return a stream of a file's content; None if the path is no file's."""
    member = tree.members[path]
    if path in tree.added:
        return BytesIO(tree.added[path])
    return tree.tar.extractfile(member) if member.isreg() else None


def read_owners(tree: ContainerTree, database: str, sources: Mapping[str, str]) -> layers.Owners:
    """Return the owners of a tree's paths, by dpkg's database in its folder `database` and the packages' sources."""
    lists = {
        name.removeprefix(f"{database}/info/").removesuffix(".list"): split_lines(read_file(tree, member))
        for name, member in tree.members.items()
        if name.startswith(f"{database}/info/") and name.endswith(".list")
    }
    return layers.map_owners(lists, sources)


def split_lines(text: bytes) -> list[str]:
    """Return the lines of a list of files, whose names may be any bytes, as the tar's own names are read."""
    return list(filter(None, text.decode(errors="surrogateescape").split("\n")))


def read_file(tree: ContainerTree, member: tarfile.TarInfo) -> bytes:
    """Return a file's content; empty if the member is not a file."""
    return read_member(tree.tar, member) if member.isreg() else b""


def read_member(tar: tarfile.TarFile, member: tarfile.TarInfo | str) -> bytes:
    """Return the content of a tar's file. Raise KeyError if there is none of the name."""
    stream = tar.extractfile(member)
    return stream.read() if stream else b""


def split_layers(tree: ContainerTree, owners: layers.Owners, folder: Path) -> dict[str, Path]:
    """Write a tar for each layer into a folder; return them by the layers' names."""
    folder.mkdir()
    tars: dict[str, tarfile.TarFile] = {}
    seen: dict[str, set[str]] = {}
    full = {str(parent) for name in tree.members for parent in Path(name).parents}
    with ExitStack() as stack:
        for name in sorted(tree.members, key=lambda name: (name in tree.links, name)):
            member = tree.members[name]
            if member.isdir() and name in full:
                continue  # add_parents adds it with its content
            layer = owners.layer(tree.links.get(name, name))
            if layer not in tars:
                opened = tarfile.open(folder / layer, "w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - the stack closes it
                tars[layer], seen[layer] = stack.enter_context(opened), set()
            add_parents(tree, name, tars[layer], seen[layer])
            tars[layer].addfile(member, open_file(tree, name))
    return {name: folder / name for name in sorted(tars)}


def add_parents(tree: ContainerTree, name: str, tar: tarfile.TarFile, seen: set[str]) -> None:
    """Add the folders of a path to a layer that does not have them."""
    for parent in [*Path(name).parents][-2::-1]:
        if str(parent) not in seen and str(parent) in tree.members:
            seen.add(str(parent))
            tar.addfile(tree.members[str(parent)])


def compress_layers(tars: Mapping[str, Path], blobs: Path) -> list[Layer]:
    """Compress the layers into the folder of blobs, several at a time; the layer of generated files comes last."""
    blobs.mkdir(parents=True)
    order = sorted(tars, key=lambda name: (name == layers.REST, name))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda name: compress_layer(name, tars[name], blobs), order))


def compress_layer(name: str, tar: Path, blobs: Path) -> Layer:
    """Compress one layer into the folder of blobs."""
    packed = blobs / f"{name}.new"
    plain = hashlib.sha256()
    with (
        tar.open("rb") as source,
        packed.open("wb") as target,
        gzip.GzipFile("", "wb", LEVEL, target, mtime=0) as stream,
    ):
        while block := source.read(BLOCK):
            plain.update(block)
            stream.write(block)
    tar.unlink()
    sha256 = sha256_of(packed)
    size = packed.stat().st_size
    packed.replace(blobs / sha256)
    return Layer(name, Blob(spec.LAYER, sha256, size), plain.hexdigest())


def write_blob(blobs: Path, kind: str, data: bytes) -> Blob:
    """Write a blob into the folder of blobs."""
    sha256 = hashlib.sha256(data).hexdigest()
    (blobs / sha256).write_bytes(data)
    return Blob(kind, sha256, len(data))


def write_layout(layout: Path, entry: Blob) -> None:
    """Write the two files that make a folder with blobs an OCI layout of one entry."""
    (layout / "oci-layout").write_bytes(spec.LAYOUT)
    (layout / "index.json").write_bytes(spec.render_index([entry]))


def write_archive(metadata: ImageMetadata, image_layers: list[Layer], blobs: Path, name: str, output: Path) -> Blob:
    """Write an image as an OCI archive in which it is called `name`; return its manifest."""
    config = write_blob(blobs, spec.CONFIG, spec.render_configuration(metadata, image_layers))
    manifest = write_blob(blobs, spec.MANIFEST, spec.render_manifest(metadata, config, image_layers))
    named = replace(manifest, annotations={"org.opencontainers.image.ref.name": name})
    with written_aside(output) as aside, tarfile.open(aside, "w", format=tarfile.USTAR_FORMAT) as tar:
        for path, data in (("oci-layout", spec.LAYOUT), ("index.json", spec.render_index([named]))):
            tar.addfile(make_file_info(path, len(data)), BytesIO(data))
        for folder in ("blobs", "blobs/sha256"):
            tar.addfile(make_folder_info(folder))
        for blob in sorted({config.sha256, manifest.sha256, *(layer.blob.sha256 for layer in image_layers)}):
            with (blobs / blob).open("rb") as stream:
                tar.addfile(make_file_info(f"blobs/sha256/{blob}", (blobs / blob).stat().st_size), stream)
    return manifest


def make_file_info(name: str, size: int) -> tarfile.TarInfo:
    """Return a file of an archive as a tar's member."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    return info


def make_folder_info(name: str) -> tarfile.TarInfo:
    """Return a folder of an archive as a tar's member."""
    info = tarfile.TarInfo(name)
    info.type, info.mode = tarfile.DIRTYPE, 0o755
    return info
