"""What a repository's indices consist of: chosen stanzas, filtered verbatim; Release files; where pool files lie.

The format is Debian's (wiki.debian.org/DebianRepository/Format). No package is opened: all that an index says of one
is what the archive it came from says, but for its place in the pool.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import NamedTuple

from composelib.errors import TrustError
from composelib.model.release import Release

OURS = b"Compose-"
"""What begins the lines that gather puts before a stanza."""
FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+~:%_-]*")
SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
SHA256 = re.compile(r"[0-9a-f]{64}")


class Chosen(NamedTuple):
    """A gathered package: the archive it comes from, the component it goes to, its stanza as the archive has it."""

    archive: str
    component: str
    stanza: bytes


class PoolFile(NamedTuple):
    """A file of the pool: its path below the repository's root, its SHA256 in hex, its size in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Suite:
    """What a repository's Release file says of it, but for the files it lists; `date` is in seconds since 1970."""

    origin: str
    label: str
    codename: str
    version: str
    description: str
    date: int = 0
    arches: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    by_hash: bool = True


def suite(release: Release, variant: str) -> Suite:
    """Return what the Release files of a variant's repository say whatever is in it."""
    return Suite(
        origin=release.name,
        label=f"{release.name} {variant}",
        codename=release.codename,
        version=release.version,
        description=f"{release.name} {release.version} {variant}",
    )


def chosen(text: bytes) -> Iterator[Chosen]:
    """Read a list of gathered packages: stanzas, each after lines that say its archive and component."""
    for part in text.split(b"\n\n"):
        lines = part.lstrip(b"\n")
        said = {"Archive": "", "Component": "main"}
        while lines.startswith(OURS):
            line, _, lines = lines.partition(b"\n")
            name, _, value = line.removeprefix(OURS).decode().partition(": ")
            said[name] = value
        if lines:
            yield Chosen(said["Archive"], said["Component"], lines.rstrip(b"\n") + b"\n")


def span(stanza: bytes, name: str) -> tuple[int, int]:
    """Return where a field's value begins and ends, continuation lines included; (0, 0) if there is no such field."""
    key, lowered = f"{name.lower()}:".encode(), stanza.lower()
    start = 0 if lowered.startswith(key) else lowered.find(b"\n" + key) + 1
    if not start and not lowered.startswith(key):
        return (0, 0)
    start += len(key)
    end = stanza.find(b"\n", start)
    while end >= 0 and stanza[end + 1 : end + 2] in {b" ", b"\t"}:
        end = stanza.find(b"\n", end + 1)
    return (start, end if end >= 0 else len(stanza))


def value(stanza: bytes, name: str) -> str:
    """Return the value of a field, empty if the stanza has none."""
    start, end = span(stanza, name)
    return stanza[start:end].decode(errors="surrogateescape").strip()


def replaced(stanza: bytes, name: str, new: str) -> bytes:
    """Return the stanza with a field's value replaced, nothing else."""
    start, end = span(stanza, name)
    return stanza[:start] + f" {new}".encode() + stanza[end:]


def source_name(stanza: bytes) -> str:
    """Return the name of the source package that a binary package is built from (Policy 5.6.1)."""
    return (value(stanza, "Source") or value(stanza, "Package")).partition(" ")[0]


def pool_folder(component: str, source: str) -> str:
    """Return the folder of a source's files below a repository's root, as Debian lays its pool out.

    Raise TrustError for a name that no source package can have.
    """
    if not SOURCE.fullmatch(source):
        raise TrustError(f"source package {source!r}: not a package's name", "the archive is broken or hostile")
    prefix = source[:4] if source.startswith("lib") else source[0]
    return f"pool/{component.partition('/')[0]}/{prefix}/{source}"


def pool_file(folder: str, name: str, sha256: str, size: str) -> PoolFile:
    """Return a file of the pool; raises TrustError for a name, hash or size that it cannot have."""
    if not (FILE.fullmatch(name) and SHA256.fullmatch(sha256) and size.isdigit()):
        raise TrustError(
            f"file {name!r}, SHA256 {sha256!r}, size {size!r}: cannot be", "the archive is broken or hostile"
        )
    return PoolFile(f"{folder}/{name}", sha256, int(size))


def released(entry: Chosen) -> tuple[bytes, tuple[PoolFile, ...]]:
    """Return a package's stanza for our index, and its files in our pool.

    Everything but its place stays as the archive has it. Raises TrustError for what cannot be in a pool.
    """
    stanza = entry.stanza
    if value(stanza, "Filename"):
        return released_binary(entry)
    folder = pool_folder(entry.component, value(stanza, "Package"))
    rows = [row.split() for row in value(stanza, "Checksums-Sha256").splitlines() if row.strip()]
    files = tuple(pool_file(folder, name, sha256, size) for sha256, size, name in rows)
    return replaced(stanza, "Directory", folder), files


def released_binary(entry: Chosen) -> tuple[bytes, tuple[PoolFile, ...]]:
    """Return what `released` gives, of a binary package."""
    stanza = entry.stanza
    folder = pool_folder(entry.component, source_name(stanza))
    name = value(stanza, "Filename").rpartition("/")[2]
    file = pool_file(folder, name, value(stanza, "SHA256"), value(stanza, "Size"))
    return replaced(stanza, "Filename", file.path), (file,)


def join(stanzas: Iterable[bytes]) -> bytes:
    """Return the text of an index: its stanzas, an empty line after each."""
    return b"".join(stanza + b"\n" for stanza in stanzas)


def pool_of(index: bytes) -> Iterator[PoolFile]:
    """Return the files that one of our own indices names."""
    for part in index.split(b"\n\n"):
        path = value(part, "Filename")
        if path:
            yield PoolFile(path, value(part, "SHA256"), int(value(part, "Size")))
        elif folder := value(part, "Directory"):
            for row in filter(str.strip, value(part, "Checksums-Sha256").splitlines()):
                sha256, size, name = row.split()
                yield PoolFile(f"{folder}/{name}", sha256, int(size))


def md5_of(index: bytes) -> Iterator[tuple[str, str]]:
    """Return the path and MD5 of each file of which one of our own indices says its MD5."""
    for part in index.split(b"\n\n"):
        if value(part, "MD5sum"):
            yield value(part, "Filename"), value(part, "MD5sum")
        elif value(part, "Directory"):
            for row in filter(str.strip, value(part, "Files").splitlines()):
                md5, _, name = row.split()
                yield f"{value(part, 'Directory')}/{name}", md5


def release(suite: Suite, files: Mapping[str, tuple[str, int]]) -> str:
    """Return the text of a Release file; `files` are SHA256 and size by path below the suite's folder."""
    fields = {
        "Origin": suite.origin,
        "Label": suite.label,
        "Suite": suite.codename,
        "Version": suite.version,
        "Codename": suite.codename,
        "Date": formatdate(suite.date, usegmt=True).replace("GMT", "UTC"),
        **({"Acquire-By-Hash": "yes"} if suite.by_hash else {}),
        "No-Support-for-Architecture-all": "Packages",
        "Architectures": " ".join(suite.arches),
        "Components": " ".join(suite.components),
        "Description": suite.description,
    }
    listed = "".join(f" {sha256} {size:>9} {path}\n" for path, (sha256, size) in sorted(files.items()))
    return "".join(f"{name}: {text}\n" for name, text in fields.items()) + f"SHA256:\n{listed}"


def part_release(suite: Suite, component: str, arch: str) -> str:
    """Return the text of the small Release file beside an index."""
    fields = {
        "Archive": suite.codename,
        "Origin": suite.origin,
        "Label": suite.label,
        "Version": suite.version,
        **({"Acquire-By-Hash": "yes"} if suite.by_hash else {}),
        "Component": component,
        "Architecture": arch,
    }
    return "".join(f"{name}: {text}\n" for name, text in fields.items())


def listed(release: str) -> dict[str, tuple[str, int]]:
    """Return the files of one of our own Release files (or InRelease): SHA256 and size by path."""
    _, _, rows = release.partition("\nSHA256:\n")
    found = re.findall(r"^ ([0-9a-f]{64}) +(\d+) (\S+)$", rows, re.MULTILINE)
    return {path: (sha256, int(size)) for sha256, size, path in found}


def by_hash(path: str, sha256: str) -> str:
    """Return where an index lies under its hash (apt's Acquire-By-Hash)."""
    return f"{path.rpartition('/')[0]}/by-hash/SHA256/{sha256}"
