"""The control stanza and the member times of a .deb (deb(5)), read from its bytes, which are not trusted."""

from __future__ import annotations

import lzma
import re
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from composelib.archive.format.stanza import StanzaError

if TYPE_CHECKING:
    import tarfile

MAGIC = b"!<arch>\n"
HEADER = 60
LARGEST_CONTROL = 16 << 20  # bytes of control.tar, compressed or not
LARGEST_STANZA = 1 << 20
SUFFIXES = ("", ".gz", ".xz", ".zst", ".bz2", ".lzma")
BLOCK = 512  # of a tar
PLAIN, FOLDER = (b"0", b"5"), b"5"  # types of entries of a tar (tar(5)): file and folder
OCTAL = re.compile(rb"[0-7]{11}(?=[\0 ])")
XZ_MEMORY = 128 << 20
TIME = re.compile(rb"[0-9]{1,12}(\.[0-9]*)?")
"""The time of a member; some programs write fractions of a second, which dpkg reads, too."""
FORMAT = re.compile(rb"2\.[0-9]+\n")
"""The first line of the member debian-binary that dpkg takes."""


class Member(NamedTuple):
    """A member of an ar archive; `start` and `size` locate its content in the file."""

    name: str
    mtime: int
    start: int
    size: int


class UnreadableError(Exception):
    """The control member is compressed in a way that is valid but not supported here."""


def read_control(stream: BinaryIO, size: int) -> bytes:
    """Return the control stanza of a .deb of `size` bytes, unchanged but for exactly one newline at its end.

    Raise StanzaError if it is not a .deb, UnreadableError if only dpkg-deb can read it.
    """
    members = read_members(stream, size)
    check_layout(members)
    check_format(stream, members[0])
    member = members[1]
    stream.seek(member.start)
    packed = stream.read(member.size)
    content = unpack_control(packed, member.name.removeprefix("control.tar"))
    text = find_in_plain_tar(content, "control")
    if text is None:
        text = read_file_in_tar(content, "control")
    return text.rstrip(b"\n") + b"\n"


def read_newest_time(stream: BinaryIO, size: int) -> int:
    """Return the newest time of a .deb's members, which is when it was built. Raise StanzaError if it is not a .deb."""
    return max(member.mtime for member in read_members(stream, size))


def read_members(stream: BinaryIO, size: int) -> list[Member]:
    """Return the members of an ar archive of `size` bytes. Raise StanzaError."""
    stream.seek(0)
    if stream.read(len(MAGIC)) != MAGIC:
        raise StanzaError("not a .deb: it does not begin as an ar archive")
    return list(walk_members(stream, size))


def walk_members(stream: BinaryIO, size: int) -> Iterator[Member]:
    """Yield the members of an ar archive, header by header."""
    position = len(MAGIC)
    while position < size:
        stream.seek(position)
        header = stream.read(HEADER)
        mtime, length = header[16:28].strip(), header[48:58].strip()
        if len(header) != HEADER or header[58:] != b"`\n" or not (TIME.fullmatch(mtime) and length.isdigit()):
            raise StanzaError(f"not a .deb: no member's header at byte {position}")
        member = Member(
            header[:16].decode("ascii", "replace").rstrip(" /"),
            int(mtime.partition(b".")[0]),
            position + HEADER,
            int(length),
        )
        if member.start + member.size > size:
            raise StanzaError(
                f"cut off: its member {member.name} is {member.size} bytes long, but the file ends earlier"
            )
        yield member
        position = member.start + member.size + member.size % 2


def check_layout(members: list[Member]) -> None:
    """Check that the members are those of a .deb, in their order, compressed in ways that dpkg knows."""
    names = [member.name for member in members if not member.name.startswith("_")]
    if len(names) < len(("debian-binary", "control", "data")) or names[0] != "debian-binary":
        raise StanzaError(f"not a .deb: its members are {', '.join(names) or 'none'}")
    for name, start in zip(names[1:3], ("control.tar", "data.tar"), strict=True):
        if not name.startswith(start) or name.removeprefix(start) not in SUFFIXES:
            raise StanzaError(f"not a .deb: expected the member {start}, got {name}")
    if members[1].size > LARGEST_CONTROL:
        raise StanzaError(f"its {members[1].name} is {members[1].size} bytes, too much for a control file")


def check_format(stream: BinaryIO, member: Member) -> None:
    """Check that the member debian-binary names a version of the format that dpkg knows."""
    stream.seek(member.start)
    text = stream.read(min(member.size, HEADER))
    if not FORMAT.match(text):
        raise StanzaError(f"not a .deb of format 2: its debian-binary says {text!r}")


def unpack_control(packed: bytes, suffix: str) -> bytes:
    """Decompress control.tar, up to a limit."""
    try:
        if suffix == ".gz":
            content = zlib.decompressobj(wbits=31).decompress(packed, LARGEST_CONTROL + 1)
        elif suffix == ".xz":
            content = lzma.LZMADecompressor(memlimit=XZ_MEMORY).decompress(packed, LARGEST_CONTROL + 1)
        elif suffix:
            raise UnreadableError(suffix)
        else:
            content = packed
    except (zlib.error, lzma.LZMAError, EOFError) as error:
        raise StanzaError(f"its control.tar{suffix} is damaged: {error}") from None
    if len(content) > LARGEST_CONTROL:
        raise StanzaError(f"its control.tar{suffix} unpacks to more than {LARGEST_CONTROL} bytes")
    return content


def find_in_plain_tar(content: bytes, name: str) -> bytes | None:
    """Return the content of a regular file that a tar has once; None if that needs a whole parser of tars to tell.

    Nearly all control.tars are of folders and files with short names, and are read ten times faster so.
    """
    text, position = None, 0
    names = (name.encode(), f"./{name}".encode())
    while (header := content[position : position + BLOCK]) and not header.isspace() and header.strip(b"\0"):
        size = OCTAL.match(header, 124)
        if header[156:157] not in PLAIN or not size or header[345:346] != b"\0":
            return None
        start, length = position + BLOCK, int(size[0], 8)
        entry = header[:100].rstrip(b"\0")
        if b"/" in entry.removeprefix(b"./"):  # it may be another way to write the name
            return None
        if entry in names:
            if text is not None or header[156:157] == FOLDER or length > LARGEST_STANZA:
                return None
            text = content[start : start + length]
        position = start + -(-length // BLOCK) * BLOCK
    return text if position <= len(content) else None


def read_file_in_tar(content: bytes, name: str) -> bytes:
    """Return the content of a regular file in a tar, which has to have it once: of two, dpkg reads the last."""
    import io  # noqa: PLC0415 - few .debs need it
    import posixpath  # noqa: PLC0415 - as above
    import tarfile  # noqa: PLC0415 - as above

    text = None
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as tar:
            for entry in tar:
                if posixpath.normpath(entry.name) != name:
                    continue
                if text is not None:
                    raise StanzaError(f"its control.tar has two files {name}")
                text = read_regular_file(tar, entry)
    except tarfile.TarError as error:
        raise StanzaError(f"its control.tar is damaged: {error}") from None
    if text is None:
        raise StanzaError(f"there is no {name} in its control.tar")
    return text


def read_regular_file(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    """Return the content of a tar's entry if it is a regular file of a sane size."""
    stream = tar.extractfile(entry) if entry.isreg() else None
    if stream is None:
        raise StanzaError(f"the {entry.name} in its control.tar is not a regular file")
    if entry.size > LARGEST_STANZA:
        raise StanzaError(f"the {entry.name} in its control.tar is {entry.size} bytes, too much for a control file")
    return stream.read()
