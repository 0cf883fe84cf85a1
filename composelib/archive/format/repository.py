"""Our own repositories: stanzas copied from archives, paths in the pool, and the Release files over the indices.

The format is Debian's (wiki.debian.org/DebianRepository/Format). No package is opened: all that an index contains about
one is what its archive has, except its path in the pool.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from composelib.archive.format.digest import name_algorithm
from composelib.archive.format.release_date import format_release_date
from composelib.errors import TrustError

if TYPE_CHECKING:  # a process that only fetches loads no model
    from composelib.model.release import Release

OURS = b"Compose-"
"""The prefix of the fields that gather writes before a stanza."""
FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+~:%_-]*")
SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
DEB_SUFFIXES = frozenset({"deb", "udeb", "ddeb"})
SHA256 = re.compile(r"[0-9a-f]{64}")


class ChosenPackage(NamedTuple):
    """A gathered package: its archive, the component it goes to, and its stanza as the archive has it."""

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
    """The fields of a repository's Release file, except the files it lists; `date` is in seconds since 1970."""

    origin: str
    label: str
    codename: str
    version: str
    description: str
    date: int = 0
    arches: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    by_hash: bool = True
    name: str = ""
    """Suite, where it is not the codename."""
    valid_until: int = 0
    """In seconds since 1970; 0 for ever."""
    changelogs: str = ""
    not_automatic: bool = False
    but_automatic_upgrades: bool = False
    signed_by: tuple[str, ...] = ()
    """Fingerprints of the keys that apt takes a later Release file by."""


def describe_suite(release: Release, variant: str) -> Suite:
    """Return the fields that the Release files of a variant's repository and media have whatever these contain."""
    return Suite(
        origin=release.name,
        label=f"{release.name} {variant}",
        codename=release.codename,
        version=release.version,
        description=f"{release.name} {release.version} {variant}",
    )


def describe_repository(release: Release, variant: str) -> Suite:
    """Return these fields with what the config says of repositories, and not of media."""
    suite = describe_suite(release, variant)
    return replace(
        suite,
        description=f"{release.description} {variant}" if release.description else suite.description,
        name=release.suite,
        not_automatic=release.not_automatic,
        but_automatic_upgrades=release.but_automatic_upgrades,
    )


def read_chosen(text: bytes) -> Iterator[ChosenPackage]:
    """Yield the packages of a list that gather wrote: stanzas, each after fields with its archive and component."""
    for paragraph in text.split(b"\n\n"):
        stanza = paragraph.lstrip(b"\n")
        fields = {"Archive": "", "Component": "main"}
        while stanza.startswith(OURS):
            line, _, stanza = stanza.partition(b"\n")
            name, _, value = line.removeprefix(OURS).decode().partition(": ")
            fields[name] = value
        if stanza:
            yield ChosenPackage(fields["Archive"], fields["Component"], stanza.rstrip(b"\n") + b"\n")


def select_indexed(text: bytes, arch: str, *, with_all: bool) -> Iterator[ChosenPackage]:
    """Yield the packages of a list that gather wrote that belong to the indices of an arch, or of `source`."""
    architectures = {arch, "all"} if with_all else {arch}
    for entry in read_chosen(text):
        if arch == "source" or read_field(entry.stanza, "Architecture") in architectures:
            yield entry


def find_value(stanza: bytes, name: str) -> tuple[int, int]:
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


def read_field(stanza: bytes, name: str) -> str:
    """Return the value of a field; '' if the stanza has none."""
    start, end = find_value(stanza, name)
    return stanza[start:end].decode(errors="surrogateescape").strip()


def replace_field(stanza: bytes, name: str, text: str) -> bytes:
    """Return the stanza with only this field's value replaced."""
    start, end = find_value(stanza, name)
    return stanza[:start] + f" {text}".encode() + stanza[end:]


def read_source_name(stanza: bytes) -> str:
    """Return the name of the source package that a binary package is built from (Policy 5.6.1)."""
    return (read_field(stanza, "Source") or read_field(stanza, "Package")).partition(" ")[0]


def format_pool_folder(component: str, source: str) -> str:
    """Return the folder of a source's files below a repository's root, in Debian's layout of the pool.

    Raise TrustError for a name that no source package can have.
    """
    if not SOURCE.fullmatch(source):
        raise TrustError(
            f"source package {source!r}: not a valid package name",
            "the archive is broken or hostile: take the package from another one",
        )
    prefix = source[:4] if source.startswith("lib") else source[0]
    return f"pool/{component.partition('/')[0]}/{prefix}/{source}"


def format_deb_name(package: str, version: str, arch: str, filename: str) -> str:
    """Return the name of a binary package's file in the pool: as Debian's, whatever `filename` its archive has it by."""
    suffix = filename.rpartition(".")[2]
    return f"{package}_{version.partition(':')[2] or version}_{arch}.{suffix if suffix in DEB_SUFFIXES else 'deb'}"


def make_pool_file(folder: str, name: str, sha256: str, size: str) -> PoolFile:
    """Return a file of the pool. Raise TrustError for an invalid name, hash or size."""
    if not (FILE.fullmatch(name) and SHA256.fullmatch(sha256) and size.isdigit()):
        raise TrustError(
            f"file {name!r}, SHA256 {sha256!r}, size {size!r}: not valid",
            "the archive is broken or hostile: take the package from another one",
        )
    return PoolFile(f"{folder}/{name}", sha256, int(size))


def move_to_pool(entry: ChosenPackage) -> tuple[bytes, tuple[PoolFile, ...]]:
    """Return a package's stanza for our index, and its files in our pool.

    Only its path changes, to names as Debian's: two packages may have files of one name in their archives. All else stays as the archive has it. Raise TrustError for an invalid name, hash or size.
    """
    stanza = entry.stanza
    if read_field(stanza, "Filename"):
        return convert_binary(entry)
    folder = format_pool_folder(entry.component, read_field(stanza, "Package"))
    rows = [row.split() for row in read_field(stanza, "Checksums-Sha256").splitlines() if row.strip()]
    files = tuple(make_pool_file(folder, name, sha256, size) for sha256, size, name in rows)
    return replace_field(stanza, "Directory", folder), files


def convert_binary(entry: ChosenPackage) -> tuple[bytes, tuple[PoolFile, ...]]:
    """Do the work of `move_to_pool` for a binary package."""
    stanza = entry.stanza
    folder = format_pool_folder(entry.component, read_source_name(stanza))
    identity = (read_field(stanza, field) for field in ("Package", "Version", "Architecture", "Filename"))
    file = make_pool_file(folder, format_deb_name(*identity), read_field(stanza, "SHA256"), read_field(stanza, "Size"))
    return replace_field(stanza, "Filename", file.path), (file,)


def join_stanzas(stanzas: Iterable[bytes]) -> bytes:
    """Return the text of an index: its stanzas, each followed by an empty line."""
    return b"".join(stanza + b"\n" for stanza in stanzas)


def read_pool_files(index: bytes) -> Iterator[PoolFile]:
    """Yield the files that one of our own indices names."""
    for stanza in index.split(b"\n\n"):
        path = read_field(stanza, "Filename")
        if path:
            yield PoolFile(path, read_field(stanza, "SHA256"), int(read_field(stanza, "Size")))
        elif folder := read_field(stanza, "Directory"):
            for row in filter(str.strip, read_field(stanza, "Checksums-Sha256").splitlines()):
                sha256, size, name = row.split()
                yield PoolFile(f"{folder}/{name}", sha256, int(size))


def read_md5_sums(index: bytes) -> Iterator[tuple[str, str]]:
    """Yield the path and MD5 of each file for which one of our own indices has an MD5."""
    for stanza in index.split(b"\n\n"):
        if read_field(stanza, "MD5sum"):
            yield read_field(stanza, "Filename"), read_field(stanza, "MD5sum")
        elif read_field(stanza, "Directory"):
            for row in filter(str.strip, read_field(stanza, "Files").splitlines()):
                md5, _, name = row.split()
                yield f"{read_field(stanza, 'Directory')}/{name}", md5


def format_release(suite: Suite, files: Mapping[str, tuple[str, int]]) -> str:
    """Return the text of a Release file; `files` are SHA256 and size by path below the suite's folder."""
    fields = {
        "Origin": suite.origin,
        "Label": suite.label,
        "Suite": suite.name or suite.codename,
        "Version": suite.version,
        "Codename": suite.codename,
        "Date": format_release_date(suite.date),
        **({"Valid-Until": format_release_date(suite.valid_until)} if suite.valid_until else {}),
        **({"Changelogs": suite.changelogs} if suite.changelogs else {}),
        **({"NotAutomatic": "yes"} if suite.not_automatic else {}),
        **({"ButAutomaticUpgrades": "yes"} if suite.but_automatic_upgrades else {}),
        **({"Signed-By": ", ".join(suite.signed_by)} if suite.signed_by else {}),
        **({"Acquire-By-Hash": "yes"} if suite.by_hash else {}),
        "No-Support-for-Architecture-all": "Packages",
        "Architectures": " ".join(suite.arches),
        "Components": " ".join(suite.components),
        "Description": suite.description,
    }
    rows = "".join(f" {sha256} {size:>9} {path}\n" for path, (sha256, size) in sorted(files.items()))
    return "".join(f"{name}: {text}\n" for name, text in fields.items()) + f"SHA256:\n{rows}"


def format_index_release(suite: Suite, component: str, arch: str) -> str:
    """Return the text of the small Release file beside an index."""
    fields = {
        "Archive": suite.name or suite.codename,
        "Origin": suite.origin,
        "Label": suite.label,
        "Version": suite.version,
        **({"NotAutomatic": "yes"} if suite.not_automatic else {}),
        **({"ButAutomaticUpgrades": "yes"} if suite.but_automatic_upgrades else {}),
        **({"Acquire-By-Hash": "yes"} if suite.by_hash else {}),
        "Component": component,
        "Architecture": arch,
    }
    return "".join(f"{name}: {text}\n" for name, text in fields.items())


def read_listed_files(release: str) -> dict[str, tuple[str, int]]:
    """Return the files that one of our own Release files (or InRelease) lists: SHA256 and size by path."""
    _, _, rows = release.partition("\nSHA256:\n")
    files = re.findall(r"^ ([0-9a-f]{64}) +(\d+) (\S+)$", rows, re.MULTILINE)
    return {path: (sha256, int(size)) for sha256, size, path in files}


def format_by_hash_path(path: str, digest: str) -> str:
    """Return the path of an index under its hash (apt's Acquire-By-Hash)."""
    return f"{path.rpartition('/')[0]}/by-hash/{name_algorithm(digest)}/{digest}".lstrip("/")
