"""Open artifacts by their kinds: tars, discs, disks, file systems, OCI archives, initrds."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import stat
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, Any

from composelib.contents.artifact import LAYER, Artifact, FileState, describe_mode, hash_stream
from composelib.contents.unpack import CONVERTERS, UNPACKERS, find_kind, list_partition_rows
from composelib.errors import ComposeError
from composelib.image.media.cpio import MAGIC as CPIO_MAGIC
from composelib.image.media.cpio import CpioEntry, read_cpio
from composelib.image.media.image_check import read_at
from composelib.text.json_file import parse_json
from composelib.tools import compress
from composelib.tools.run import run
from composelib.verify.iso9660 import DiscFile, list_disc_files
from composelib.verify.oci import INDEX, OciArchive

SYSTEM_AREA = 16 * 2048
"""Bytes that a disc begins with, for the boot code of a disk (ECMA-119, 6.2.1)."""
BOOT_CODE = 440
TAR_KINDS = {
    tarfile.DIRTYPE: "folder",
    tarfile.SYMTYPE: "link",
    tarfile.CHRTYPE: "character device",
    tarfile.BLKTYPE: "block device",
    tarfile.FIFOTYPE: "pipe",
}
COMPRESSED = {b"\x1f\x8b": "gz", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zst"}
UNREADABLE = (ComposeError, OSError, EOFError, ValueError, KeyError, tarfile.TarError)
"""What an opener raises for an artifact that is not of its kind."""
MAX_CONVERTED = 3
Opener = Callable[[Path, Path, ExitStack], Artifact]
"""Opens an artifact, which stays open until the stack is closed; the folder is for what is unpacked."""


def open_tar(path: Path, folder: Path, stack: ExitStack) -> Artifact:  # noqa: ARG001 - as all openers
    """Open a tar that is not compressed."""
    tar = stack.enter_context(tarfile.open(path, "r:"))  # noqa: SIM115 - the stack closes it
    files: dict[str, FileState] = {}
    members: dict[str, tarfile.TarInfo] = {}
    for member in tar:
        name = member.name.removeprefix("./").strip("/")
        if name not in {"", "."}:
            files[name], members[name] = read_member(tar, member, files), member
    return Artifact(files, lambda name: tar.extractfile(members[name]) or io.BytesIO())


def read_member(tar: tarfile.TarFile, member: tarfile.TarInfo, files: Mapping[str, FileState]) -> FileState:
    """Return what a tar says of a member; a hard link is the file that it leads to."""
    if member.islnk():
        return files[member.linkname.removeprefix("./").strip("/")]
    kind = TAR_KINDS.get(member.type, "file")
    stream = tar.extractfile(member) if kind == "file" else None
    content = hash_stream(stream) if stream else member.linkname
    if kind.endswith("device"):
        content = f"{member.devmajor}:{member.devminor}"
    return FileState(kind, member.mode, (member.uid, member.gid), member.size, content)


def open_disc(path: Path, folder: Path, stack: ExitStack) -> Artifact:  # noqa: ARG001 - as all openers
    """Open an ISO image; what lies before its file system is a file, too."""
    disc = stack.enter_context(path.open("rb"))
    entries = {file.path: file for file in list_disc_files(disc.fileno())}
    entries["(system area)"] = DiscFile("(system area)", ((0, SYSTEM_AREA),))
    files = {name: read_disc_state(disc, file) for name, file in entries.items()}
    return Artifact(files, lambda name: io.BufferedReader(DiscStream(disc.fileno(), entries[name])))


def read_disc_state(disc: IO[bytes], file: DiscFile) -> FileState:
    """Return the size and SHA256 of a file of a disc; it has neither owners nor modes of its own."""
    return FileState("file", size=file.size, content=hash_stream(io.BufferedReader(DiscStream(disc.fileno(), file))))


class DiscStream(io.RawIOBase):
    """The bytes of a file of a disc, which may lie in several pieces."""

    def __init__(self, descriptor: int, file: DiscFile) -> None:
        """Start at the first byte."""
        self.descriptor = descriptor
        self.pieces = [list(piece) for piece in file.extents]

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read the next bytes; 0 at the end."""
        while self.pieces and not self.pieces[0][1]:
            del self.pieces[0]
        if not self.pieces:
            return 0
        offset, length = self.pieces[0]
        size = os.preadv(self.descriptor, [memoryview(buffer)[:length]], offset)
        if not size:
            raise ValueError("a file of the disc is cut off")
        self.pieces[0] = [offset + size, length - size]
        return size


def open_disk(path: Path, folder: Path, stack: ExitStack) -> Artifact:  # noqa: ARG001 - as all openers
    """Open a disk: each partition is a file, and so is the code that starts it by BIOS."""
    disk = stack.enter_context(path.open("rb"))
    code = read_at(disk, 0, BOOT_CODE)
    files = {"(boot code)": FileState("file", size=len(code), content=hashlib.sha256(code).hexdigest())}
    pieces = {"(boot code)": DiscFile("", ((0, BOOT_CODE),))}
    for number, row in enumerate(list_partition_rows(path), 1):
        name = f"partition {number}"
        pieces[name] = DiscFile("", ((row.start, row.size),))
        digest = read_disc_state(disk, pieces[name]).content
        files[name] = FileState("partition", size=row.size, content=digest)
        files[f"{name} layout"] = FileState(
            "setting", content=f"{row.name or row.kind} at {row.start}, {row.size} bytes"
        )
    return Artifact(files, lambda name: io.BufferedReader(DiscStream(disk.fileno(), pieces[name])))


def open_unpacked(unpack: Callable[[Path, Path], None], path: Path, folder: Path, stack: ExitStack) -> Artifact:
    """Open a file system that a program unpacks; owners are those of the files only for root."""
    del stack  # what is unpacked goes with the folder
    tree = folder / "tree"
    tree.mkdir(parents=True)
    unpack(path, tree)
    files = {str(file.relative_to(tree)): read_state(file) for file in sorted(tree.rglob("*"))}
    files.pop("lost+found", None)
    return Artifact(files, lambda name: (tree / name).open("rb"))


def read_state(path: Path) -> FileState:
    """Return what a file is."""
    status = path.lstat()
    kind, mode = describe_mode(status.st_mode)
    owner, content = (status.st_uid, status.st_gid), ""
    if kind == "file":
        with path.open("rb") as stream:
            content = hash_stream(stream)
    elif kind == "link":
        content = str(path.readlink())
    elif stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
        content = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    return FileState(kind, mode, owner, status.st_size if kind == "file" else 0, content)


def open_oci(path: Path, folder: Path, stack: ExitStack) -> Artifact:  # noqa: ARG001 - as all openers
    """Open an OCI archive: its layers, and each value of its configuration."""
    tar = stack.enter_context(tarfile.open(path, "r:"))  # noqa: SIM115 - the stack closes it
    archive = OciArchive(tar, {member.name.removeprefix("./"): member for member in tar if not member.isdir()})
    with archive.open(INDEX) as stream:
        index = parse_json(stream.read())
    files: dict[str, FileState] = {}
    layers: dict[str, str] = {}
    for manifest in map(archive.read_blob, index["manifests"]):
        config = archive.read_blob(manifest["config"])
        for name, value in sorted(config.get("config", {}).items()):
            files[f"config {name}"] = FileState("setting", content=json.dumps(value, sort_keys=True))
        for number, layer in enumerate(manifest["layers"], 1):
            digest = layer["digest"].removeprefix("sha256:")
            files[f"layer {number}"] = FileState(LAYER, size=layer["size"], content=digest)
            layers[f"layer {number}"] = f"blobs/sha256/{digest}"
    return Artifact(files, lambda name: io.BufferedReader(gzip.GzipFile(fileobj=archive.open(layers[name]))))


def open_initrd(path: Path, folder: Path, stack: ExitStack) -> Artifact:
    """Open an initrd: cpio archives one after another, the last of which may be compressed (initramfs buffer format)."""
    del folder, stack
    entries = {entry.name: entry for entry in list_initrd_entries(path.read_bytes()) if entry.name not in {"", "."}}
    files = {name: describe_entry(entry) for name, entry in entries.items()}
    return Artifact(files, lambda name: io.BytesIO(entries[name].content))


def list_initrd_entries(data: bytes) -> Iterator[CpioEntry]:
    """Yield the files of all archives in an initrd."""
    while data := data.lstrip(b"\0"):
        if data.startswith(CPIO_MAGIC):
            data = data[(yield from read_cpio(data)) :]
            continue
        form = next((form for magic, form in COMPRESSED.items() if data.startswith(magic)), "")
        if not form:
            raise ValueError("an archive in it is of an unknown form")
        data = run(compress.unpack(form), input=data, capture=True).stdout


def describe_entry(entry: CpioEntry) -> FileState:
    """Return what a file of a cpio archive is; all are root's."""
    kind, mode = describe_mode(entry.mode)
    content = hashlib.sha256(entry.content).hexdigest() if kind == "file" else entry.content.decode(errors="replace")
    return FileState(kind, mode, (0, 0), len(entry.content) if kind == "file" else 0, content)


def open_artifact(path: Path, folder: Path, stack: ExitStack, *, is_oci: bool = False) -> Artifact:
    """Open an artifact, as often converted as that takes. Raise one of UNREADABLE; KeyError if it is of no kind."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(MAX_CONVERTED):
        kind = "oci" if is_oci else find_kind(path) or find_cpio(path)
        if kind not in CONVERTERS:
            return OPENERS[kind](path, folder, stack)
        path = CONVERTERS[kind](path, folder / f"converted-{number}")
    raise ValueError("it is converted too often")


def find_cpio(path: Path) -> str:
    """Return `cpio` if a file is a cpio archive, else an empty word."""
    with path.open("rb") as stream:
        return "cpio" if stream.read(len(CPIO_MAGIC)) == CPIO_MAGIC else ""


OPENERS: Mapping[str, Opener] = {
    "tar": open_tar,
    "oci": open_oci,
    "iso": open_disc,
    "raw": open_disk,
    "cpio": open_initrd,
    **{form: partial(open_unpacked, UNPACKERS[form]) for form in ("ext4", "fat", "fat32")},
}
