"""Source packages: their files, and which of them a set of binary packages is built from."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from composelib.archive.choose.packages.package import Package

STATIC = "Static-Built-Using"
BUILT_USING = ("Built-Using", STATIC)


class SourceFile(NamedTuple):
    """A file of a source package, its path relative to the archive."""

    path: str
    size: int
    sha256: str


class SourceReference(NamedTuple):
    """A source package that a binary one is built from or has content of."""

    name: str
    version: str
    binary: Package
    relation: str
    """`Source`, or the name of the field that refers to it."""


def read_source_files(source: Package) -> list[SourceFile]:
    """Return the files that a stanza of Sources lists by SHA256, sorted."""
    directory = source.field("Directory")
    lines = (line.split() for line in source.field("Checksums-Sha256").split("\n"))
    return sorted(
        (
            SourceFile(posixpath.normpath(f"{directory}/{name}"), int(size), sha256)
            for sha256, size, name in filter(None, lines)
        ),
        key=lambda file: file.path,
    )


def list_sources(binary: Package) -> Iterator[SourceReference]:
    """Yield the sources that have to be published with a binary package. Raise RelationError."""
    yield SourceReference(binary.source, binary.source_version, binary, "Source")
    for field in BUILT_USING:
        for alternatives in binary.relations(field):
            for item in alternatives:
                yield SourceReference(item.name, item.version, binary, field)


def find_needed_sources(binaries: Iterable[Package]) -> dict[tuple[str, str], SourceReference]:
    """Return each source, by name and version, with the first reference to it; `Source` fields come before others."""
    references: dict[tuple[str, str], SourceReference] = {}
    for reference in sorted(
        (reference for binary in binaries for reference in list_sources(binary)), key=make_reference_key
    ):
        references.setdefault((reference.name, reference.version), reference)
    return references


def make_reference_key(reference: SourceReference) -> tuple[bool, str, str, str]:
    """Return the key by which references are sorted."""
    return (reference.relation != "Source", reference.relation, reference.binary.name, reference.binary.architecture)
