"""The .buildinfo of a build (deb-buildinfo(5)): what was built, of which source package and with which packages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from composelib.archive.format.openpgp import strip_signature
from composelib.archive.format.relation import Relation, RelationError, parse_relations
from composelib.archive.format.stanza import StanzaError, decode_value, parse_fields

NEEDED = ("source", "version", "architecture", "build-architecture", "checksums-sha256", "installed-build-depends")
SUM = re.compile(r"([0-9a-f]{64})\s+[0-9]+\s+([A-Za-z0-9][A-Za-z0-9.+~_:-]*)")
PROFILES = re.compile(r'^\s*DEB_BUILD_PROFILES="([a-z0-9 .+-]*)"$', re.MULTILINE)


@dataclass(frozen=True)
class Buildinfo:
    """What a build was made of and with, and the files that it left."""

    source: str
    version: str
    """That of the source package."""
    arches: tuple[str, ...]
    """Those of the packages that were built."""
    root_arch: str
    """That of the machine, or root, that it was built on."""
    profiles: tuple[str, ...]
    installed: tuple[Relation, ...]
    """The packages that it had: `NAME (= VERSION)` each, with a qualifier if they are of another arch."""
    sums: dict[str, str]
    """The SHA256 of each file that was built, by its name."""


def parse_buildinfo(content: bytes) -> Buildinfo:
    """Read a .buildinfo, signed or not. Raise StanzaError if it is not one."""
    fields = {name: decode_value(value) for name, value in parse_fields(strip_signature(content).strip(b"\n")).items()}
    for name in NEEDED:
        if not fields.get(name, "").strip():
            raise StanzaError(f"it has no field {name.title()}")
    source, _, version = fields["source"].strip().partition(" ")
    profiles = PROFILES.search(fields.get("environment", ""))
    return Buildinfo(
        source=source,
        version=version.strip("()") or fields["version"].strip(),
        arches=tuple(fields["architecture"].split()),
        root_arch=fields["build-architecture"].strip(),
        profiles=tuple(profiles[1].split()) if profiles else (),
        installed=tuple(parse_installed(fields["installed-build-depends"])),
        sums=dict(parse_sums(fields["checksums-sha256"])),
    )


def parse_installed(value: str) -> Iterator[Relation]:
    """Yield the packages that a build had. Raise StanzaError for one without its version."""
    try:
        clauses = parse_relations(value)
    except RelationError as error:
        raise StanzaError(f"Installed-Build-Depends: {error.message}") from None
    for relation, *alternatives in clauses:
        if alternatives or relation.operator != "=":
            raise StanzaError(f"Installed-Build-Depends: {relation}: not `NAME (= VERSION)`")
        yield relation


def parse_sums(value: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the SHA256 of each file. Raise StanzaError for a line that is not `SHA256 SIZE NAME`."""
    for line in filter(None, map(str.strip, value.splitlines())):
        match = SUM.fullmatch(line)
        if not match:
            raise StanzaError(f"Checksums-Sha256: {line!r}")
        yield match[2], match[1]


def list_otherwise(first: bytes, second: bytes) -> Iterator[str]:
    """Yield the lines that only one of two .buildinfo files has, but for sums and sizes: `- ` those of the first, `+ ` those of the second."""
    texts = [
        {
            (name, line.strip())
            for name, value in parse_fields(strip_signature(content).strip(b"\n")).items()
            if not name.startswith("checksums-")
            for line in decode_value(value).splitlines()
        }
        for content in (first, second)
    ]
    for sign, only in (("-", texts[0] - texts[1]), ("+", texts[1] - texts[0])):
        yield from (f"{sign} {name.title()}: {line}" for name, line in sorted(only))
