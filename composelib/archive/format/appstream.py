"""AppStream's data about packages for software centres: DEP-11 YAML, and tars of icons (freedesktop.org's specification)."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Collection, Iterable, Iterator

SEPARATOR = b"\n---\n"
HEADER = b"File: DEP-11"
PACKAGE = re.compile(rb"^Package: (\S+)$", re.MULTILINE)
IDENTITY = re.compile(rb"^(?:Package|ID): .*$", re.MULTILINE)
KEPT_FIELDS = re.compile(rb"^(?:Version|MediaBaseUrl): .*\n", re.MULTILINE)
"""The fields of an archive's header that ours has, too."""
VERSION = b"Version: '0.16'\n"


def select_components(texts: Iterable[bytes], packages: Collection[bytes], origin: str) -> bytes:
    """Return the data of these packages, under a header of ours; what comes first of a package and ID counts."""
    documents = [document for text in texts for document in (b"\n" + text).split(SEPARATOR) if document.strip()]
    headers = [document for document in documents if document.startswith(HEADER)]
    selected: dict[tuple[bytes, ...], bytes] = {}
    for document in documents:
        match = PACKAGE.search(document)
        if match and match[1] in packages:
            selected.setdefault(tuple(IDENTITY.findall(document)), document.strip(b"\n") + b"\n")
    fields = b"".join(KEPT_FIELDS.findall(headers[0] + b"\n")) if headers else VERSION
    header = HEADER + b"\nOrigin: " + origin.encode() + b"\n" + fields
    return b"".join(b"---\n" + document for document in (header, *selected.values()))


def select_icons(tars: Iterable[bytes], packages: Collection[bytes]) -> bytes:
    """Return a tar of the icons of these packages, sorted; an icon's name begins with its package's and `_`."""
    icons = {name: content for tar in tars for name, content in read_icons(tar)}
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as target:
        for name in sorted(icons):
            if name.partition("_")[0].encode(errors="surrogateescape") in packages:
                member = tarfile.TarInfo(name)
                member.size = len(icons[name])
                target.addfile(member, io.BytesIO(icons[name]))
    return stream.getvalue()


def read_icons(tars: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each icon in tars, one after another.

    What lies in a folder is none, nor is a sparse file: the tar of a small one may be read as a file of any size.
    """
    with tarfile.open(fileobj=io.BytesIO(tars), mode="r:", ignore_zeros=True) as tar:
        for member in tar:
            name = member.name.removeprefix("./")
            stream = tar.extractfile(member) if member.isreg() and not member.issparse() else None
            if stream is not None and "/" not in name:
                yield name, stream.read()
