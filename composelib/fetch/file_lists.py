"""The files and licences of the .debs of the store: each is opened once, and remembered by its SHA256."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from composelib.archive.format import deb
from composelib.archive.format.contents import clean_path
from composelib.archive.format.copyright import list_licences
from composelib.archive.format.stanza import StanzaError
from composelib.archive.format.tar_names import read_tar_members
from composelib.dataclass import dataclass
from composelib.fetch.decompress import DECODERS, DamagedStreamError, decode_streams
from composelib.files import replace_whatever
from composelib.tools.dpkg_deb import print_files_tar
from composelib.tools.run import ToolError, run

STEP = 1 << 18
DATA = "data.tar"
NUL = b"\0"
COPYRIGHT = re.compile(rb"(?:\./)?usr/share/doc/[^/]+/copyright")


@dataclass
class MemberStream:
    """A member of an ar archive as a stream."""

    stream: BinaryIO
    remaining: int

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes."""
        block = self.stream.read(min(size, self.remaining))
        self.remaining -= len(block)
        return block


class ListedPackage(NamedTuple):
    """What is remembered of a .deb."""

    paths: list[bytes]
    """Of its files, sorted."""
    licences: list[str]
    """As its machine-readable copyright files name them."""


@dataclass(frozen=True)
class FileLists:
    """A folder of lists, one for each .deb.

    After a line with the SHA256 of the rest, and a line of NUL and the licences in JSON, the paths of its files, sorted, a line each.
    """

    folder: Path

    def locate(self, sha256: str) -> Path:
        """Return the path of the list of a .deb."""
        return self.folder / sha256[:2] / sha256

    def retain(self, names: Collection[str]) -> None:
        """Remove the lists of all packages but those of these SHA256s."""
        for path in self.folder.glob("*/*"):
            if path.name not in names:
                path.unlink()

    def read(self, sha256: str, package: Path) -> ListedPackage:
        """Return what is in a .deb, from its list if that is there and whole.

        Raise StanzaError if it cannot be read.
        """
        path = self.locate(sha256)
        try:
            digest, _, text = (path.read_bytes() if path.is_file() else b"").partition(b"\n")
        except OSError:
            digest, text = b"", b""
        if hashlib.sha256(text).hexdigest().encode() != digest or not text.startswith(NUL):
            text = list_package_files(package)
            write_file_list(path, text)
        licences, *paths = text.split(b"\n")[:-1]
        return ListedPackage(paths, json.loads(licences.removeprefix(NUL)))


def list_package_files(package: Path) -> bytes:
    """Return the lines about a .deb. Raise StanzaError if it cannot be read."""
    paths: set[bytes] = set()
    licences: set[str] = set()
    with open_data(package) as blocks:
        for name, content in read_tar_members(blocks, COPYRIGHT):
            path = clean_path(name)
            if path:
                paths.add(path)
            if content:
                licences.update(list_licences(content.decode("utf-8", "replace")))
    lines = [NUL + json.dumps(sorted(licences)).encode(), *sorted(paths)]
    return b"".join(line + b"\n" for line in lines)


def write_file_list(path: Path, text: bytes) -> None:
    """Write a list; other processes may write the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as stream:
        stream.write(f"{hashlib.sha256(text).hexdigest()}\n".encode() + text)
    replace_whatever(Path(stream.name), path)


@contextmanager
def open_data(package: Path) -> Iterator[Iterable[bytes]]:
    """Yield the blocks of the tar of a .deb's files; what is compressed in a rare way is unpacked by dpkg-deb."""
    with package.open("rb") as stream:
        members = deb.read_members(stream, package.stat().st_size)
        member = next((member for member in members if member.name.startswith(DATA)), None)
        if member is None:
            raise StanzaError("not a .deb: it has no data.tar")
        stream.seek(member.start)
        data, suffix = MemberStream(stream, member.size), member.name.removeprefix(DATA)
        try:
            if suffix in DECODERS:
                yield decode_streams(data, DECODERS[suffix])
            elif not suffix:
                yield iter(lambda: data.read(STEP), b"")
            else:
                with unpack_data(package) as unpacked:
                    yield iter(lambda: unpacked.read(STEP), b"")
        except DamagedStreamError as error:
            raise StanzaError(f"its {member.name} is damaged: {error}") from None


@contextmanager
def unpack_data(package: Path) -> Iterator[BinaryIO]:
    """Yield the tar of a .deb's files, which dpkg-deb writes to a temporary file."""
    with tempfile.TemporaryFile() as unpacked:
        try:
            run(print_files_tar(package), stdout=unpacked)
        except ToolError as error:
            raise StanzaError(f"dpkg-deb cannot read it: {error}") from None
        unpacked.seek(0)
        yield unpacked
