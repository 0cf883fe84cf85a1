"""Source packages: their files, and which of them a set of binary packages is built from."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from composelib.archive.choose.packages.package import Package

STATIC = "Static-Built-Using"
BUILT_USING = ("Built-Using", STATIC)


@dataclass(frozen=True)
class File:
    """A file of a source package, its path relative to the archive."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Origin:
    """A source package that a binary one has its content from."""

    name: str
    version: str
    binary: Package
    relation: str
    """`Source`, or the field that says so."""


def files_of(source: Package) -> list[File]:
    """Return the files that a stanza of Sources lists by SHA256, sorted."""
    directory = source.field("Directory")
    lines = (line.split() for line in source.field("Checksums-Sha256").split("\n"))
    return sorted(
        (
            File(posixpath.normpath(f"{directory}/{name}"), int(size), sha256)
            for sha256, size, name in filter(None, lines)
        ),
        key=lambda file: file.path,
    )


def origins(binary: Package) -> Iterator[Origin]:
    """Return the sources that have to be there with a binary package. Raise RelationError."""
    yield Origin(binary.source, binary.source_version, binary, "Source")
    for field in BUILT_USING:
        for alternatives in binary.relations(field):
            for item in alternatives:
                yield Origin(item.name, item.version, binary, field)


def wanted(binaries: Iterable[Package]) -> dict[tuple[str, str], Origin]:
    """Return each source, by name and version, with the first that asks for it; its own binaries before others."""
    found: dict[tuple[str, str], Origin] = {}
    for origin in sorted((origin for binary in binaries for origin in origins(binary)), key=order):
        found.setdefault((origin.name, origin.version), origin)
    return found


def order(origin: Origin) -> tuple[bool, str, str, str]:
    """Return the key by which origins are sorted."""
    return (origin.relation != "Source", origin.relation, origin.binary.name, origin.binary.architecture)
