"""A container image out of a root's tar: layers by package, as an OCI archive that is the same whenever it is made."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from copy import copy
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

from composelib.files import written_aside
from composelib.image.oci import layers, spec
from composelib.image.oci.spec import Blob, Layer, Meaning

CAPABILITY = "SCHILY.xattr.security.capability"
BLOCK = 1 << 20
LEVEL = 6  # of gzip, its own default
Place = Callable[[tarfile.TarInfo], str]
"""Gives the path that a tar's member has in the image, empty if it has none."""


@dataclass
class Tree:
    """The members of a root's tar under the names that they have in the image, what is made beside them included."""

    tar: tarfile.TarFile
    members: dict[str, tarfile.TarInfo] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    """Hard links: the name of each, and its first name."""


def read(tar: tarfile.TarFile, place: Place, epoch: int) -> Tree:
    """List a root's tar.

    Times are kept where they are a package's own; where they are of the making, or a folder's, they are dropped.
    """
    tree = Tree(tar)
    moved: dict[str, str] = {}
    for member in tar:
        name = place(member)
        if not name:
            continue
        moved[path_of(member.name)] = name
        plain = copy(member)
        plain.name, plain.uname, plain.gname = name, "", ""
        plain.pax_headers = {key: value for key, value in member.pax_headers.items() if key == CAPABILITY}
        plain.mtime = 0 if member.isdir() or member.mtime >= epoch else int(member.mtime)
        if member.islnk():
            tree.links[name] = plain.linkname = moved[path_of(member.linkname)]
        tree.members[name] = plain
    return tree


def path_of(name: str) -> str:
    """Give a member's path without `./` before it; empty for the root itself."""
    return name.removeprefix("./").strip("/").removeprefix(".")


def add_all(tree: Tree, made: Iterable[tarfile.TarInfo]) -> None:
    """Put folders and links into a tree where it has nothing of the name."""
    for member in made:
        tree.members.setdefault(member.name, member)


def owners(tree: Tree, database: str, sources: Mapping[str, str]) -> layers.Owners:
    """Tell whose each path of a tree is, by the package database in the folder `database` of it."""
    lists = {
        name.removeprefix(f"{database}/info/").removesuffix(".list"): content(tree, member).decode().splitlines()
        for name, member in tree.members.items()
        if name.startswith(f"{database}/info/") and name.endswith(".list")
    }
    return layers.owners(lists, sources)


def content(tree: Tree, one: tarfile.TarInfo) -> bytes:
    """Give a file's content."""
    return member(tree.tar, one) if one.isreg() else b""


def member(tar: tarfile.TarFile, one: tarfile.TarInfo | str) -> bytes:
    """Give the content of a tar's file. Raises KeyError if it has none of the name."""
    stream = tar.extractfile(one)
    return stream.read() if stream else b""


def split(tree: Tree, owned: layers.Owners, folder: Path) -> dict[str, Path]:
    """Write a tar for each layer into a folder and give them by the layers' names."""
    folder.mkdir()
    tars: dict[str, tarfile.TarFile] = {}
    seen: dict[str, set[str]] = {}
    full = {str(parent) for name in tree.members for parent in Path(name).parents}
    with ExitStack() as stack:
        for name in sorted(tree.members, key=lambda name: (name in tree.links, name)):
            member = tree.members[name]
            if member.isdir() and name in full:
                continue  # comes with what is in it
            layer = owned.layer(tree.links.get(name, name))
            if layer not in tars:
                opened = tarfile.open(folder / layer, "w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - the stack closes it
                tars[layer], seen[layer] = stack.enter_context(opened), set()
            add_parents(tree, name, tars[layer], seen[layer])
            tars[layer].addfile(member, tree.tar.extractfile(member) if member.isreg() else None)
    return {name: folder / name for name in sorted(tars)}


def add_parents(tree: Tree, name: str, tar: tarfile.TarFile, seen: set[str]) -> None:
    """Write the folders that a path is in to a layer, unless they are in it."""
    for parent in [*Path(name).parents][-2::-1]:
        if str(parent) not in seen and str(parent) in tree.members:
            seen.add(str(parent))
            tar.addfile(tree.members[str(parent)])


def pack(tars: Mapping[str, Path], blobs: Path) -> list[Layer]:
    """Compress the layers into the folder of blobs, several at a time; what is generated comes last."""
    blobs.mkdir(parents=True)
    order = sorted(tars, key=lambda name: (name == layers.REST, name))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda name: compress(name, tars[name], blobs), order))


def compress(name: str, tar: Path, blobs: Path) -> Layer:
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
    with packed.open("rb") as stream_packed:
        digest = hashlib.file_digest(stream_packed, "sha256").hexdigest()
    size = packed.stat().st_size
    packed.replace(blobs / digest)
    return Layer(name, Blob(spec.LAYER, digest, size), plain.hexdigest())


def put(blobs: Path, kind: str, data: bytes) -> Blob:
    """Write a blob and give what refers to it."""
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return Blob(kind, digest, len(data))


def write_archive(meaning: Meaning, packed: list[Layer], blobs: Path, name: str, output: Path) -> Blob:
    """Write an image as an OCI archive in which it is called `name`; gives its manifest."""
    config = put(blobs, spec.CONFIG, spec.configuration(meaning, packed))
    manifest = put(blobs, spec.MANIFEST, spec.manifest(meaning, config, packed))
    named = replace(manifest, annotations={"org.opencontainers.image.ref.name": name})
    with written_aside(output) as aside, tarfile.open(aside, "w", format=tarfile.USTAR_FORMAT) as tar:
        for path, data in (("oci-layout", spec.LAYOUT), ("index.json", spec.index([named]))):
            tar.addfile(described(path, len(data)), BytesIO(data))
        for folder in ("blobs", "blobs/sha256"):
            tar.addfile(folder_of(folder))
        for blob in sorted({config.sha256, manifest.sha256, *(layer.blob.sha256 for layer in packed)}):
            with (blobs / blob).open("rb") as stream:
                tar.addfile(described(f"blobs/sha256/{blob}", (blobs / blob).stat().st_size), stream)
    return manifest


def described(name: str, size: int) -> tarfile.TarInfo:
    """Give a file of an archive."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    return info


def folder_of(name: str) -> tarfile.TarInfo:
    """Give a folder of an archive."""
    info = tarfile.TarInfo(name)
    info.type, info.mode = tarfile.DIRTYPE, 0o755
    return info
