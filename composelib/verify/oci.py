"""OCI archives: each blob has the digest by which it is called, and is called; each layer unpacks to what its image's configuration names."""

from __future__ import annotations

import hashlib
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import IO, Any

from composelib.dataclass import dataclass
from composelib.files import sha256_of
from composelib.image.oci import spec
from composelib.text.json_file import parse_json

SUFFIX = ".oci.tar"
INDEX, LAYOUT, BLOBS = "index.json", "oci-layout", "blobs/sha256/"
BLOCK = 1 << 20
GZIP = 16 + zlib.MAX_WBITS


@dataclass
class OciArchive:
    """An archive that is open, and the members of it that are called."""

    tar: tarfile.TarFile
    members: dict[str, tarfile.TarInfo]
    called: set[str] = field(default_factory=set)

    def open(self, path: str) -> IO[bytes]:
        """Open a member. Raise KeyError if there is none of the name."""
        self.called.add(path)
        stream = self.tar.extractfile(self.members[path])
        if stream is None:
            raise KeyError(path)
        return stream

    def read_blob(self, descriptor: dict[str, Any]) -> Any:
        """Return a JSON blob. Raise ValueError if it is not what it is called by."""
        with self.open(locate_blob(descriptor)) as stream:
            content = stream.read()
        if hashlib.sha256(content).hexdigest() != read_digest(descriptor) or len(content) != descriptor["size"]:
            raise ValueError(f"{locate_blob(descriptor)}: its content does not match its name")
        return parse_json(content)


def read_oci_archive(path: Path) -> tuple[str, list[str]]:
    """Return an archive's SHA256 and what is wrong within it."""
    try:
        with tarfile.open(path, "r:") as tar:
            archive = OciArchive(tar, {member.name.removeprefix("./"): member for member in tar if not member.isdir()})
            faults = [*check_layout(archive), *check_images(archive)]
            faults += [f"{name}: no manifest names it" for name in sorted(archive.members.keys() - archive.called)]
    except (tarfile.TarError, KeyError, ValueError, TypeError, EOFError, zlib.error) as error:
        faults = [f"{error}" if isinstance(error, ValueError) else f"is no OCI archive: {type(error).__name__} {error}"]
    return sha256_of(path), faults


def check_layout(archive: OciArchive) -> Iterator[str]:
    """Yield a line if the archive does not say by which layout it is laid out."""
    with archive.open(LAYOUT) as stream:
        if parse_json(stream.read()) != parse_json(spec.LAYOUT):
            yield f"{LAYOUT}: is of an unknown version"


def check_images(archive: OciArchive) -> Iterator[str]:
    """Yield what is wrong with the images that the index names."""
    with archive.open(INDEX) as stream:
        index = parse_json(stream.read())
    for entry in index["manifests"]:
        manifest = archive.read_blob(entry)
        config = archive.read_blob(manifest["config"])
        expected = config["rootfs"]["diff_ids"]
        if len(expected) != len(manifest["layers"]):
            yield f"{locate_blob(manifest['config'])}: has {len(expected)} layers, the manifest {len(manifest['layers'])}"
        for layer, diff in zip(manifest["layers"], expected, strict=False):
            yield from check_layer(archive, layer, diff)


def check_layer(archive: OciArchive, layer: dict[str, Any], diff: str) -> Iterator[str]:
    """Yield what is wrong with a layer."""
    path = locate_blob(layer)
    packed, plain, size = hashlib.sha256(), hashlib.sha256(), 0
    unpacker = zlib.decompressobj(GZIP)
    with archive.open(path) as stream:
        while block := stream.read(BLOCK):
            packed.update(block)
            size += len(block)
            plain.update(unpacker.decompress(block))
    if packed.hexdigest() != read_digest(layer) or size != layer["size"]:
        yield f"{path}: its content does not match its name"
    elif f"sha256:{plain.hexdigest()}" != diff or not unpacker.eof or unpacker.unused_data:
        yield f"{path}: unpacks to another layer than its image's configuration names"


def read_digest(descriptor: dict[str, Any]) -> str:
    """Return the SHA256 by which a descriptor calls a blob."""
    return str(descriptor["digest"]).removeprefix("sha256:")


def locate_blob(descriptor: dict[str, Any]) -> str:
    """Return the path of a blob in an archive."""
    return f"{BLOBS}{read_digest(descriptor)}"
