"""A bill of materials: the packages that an SBOM lists, whatever its format, and the sources that they are made from."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from urllib.parse import quote

from composelib.archive.format.repository import ChosenPackage, read_field, read_pool_files, read_source_name
from composelib.dataclass import dataclass
from composelib.model.arch import SOURCE

NAMESPACE = uuid.UUID("0f4b8f1c-5f0e-5b58-8f7e-6f2b7a0b7d11")
BUILT_USING = ("Built-Using", "Static-Built-Using")
EXACT = re.compile(r"([a-z0-9][a-z0-9+.-]+)\s*\(\s*=\s*([^\s)]+)\s*\)")
"""A source in one of these fields, with its version."""
SourceKey = tuple[str, str]
"""The name and version of a source package."""


@dataclass(frozen=True)
class BillPackage:
    """A package in a bill: a binary one, or a source with `source` for its architecture."""

    archive: str
    name: str
    version: str
    architecture: str
    sha256: str
    """Of the .deb or the .dsc; empty for a source that is not in the compose."""
    sources: tuple[SourceKey, ...] = ()
    """What a binary package is built from, then what it has in it of others."""
    licence: str = ""
    """Its SPDX licence expression; empty if unknown."""

    @property
    def title(self) -> str:
        """Its name, version and architecture."""
        return f"{self.name} {self.version} {self.architecture}"

    @property
    def purl(self) -> str:
        """Its package URL (github.com/package-url/purl-spec, type deb), the archive's name as its namespace."""
        name, version = quote(self.name, safe=""), quote(self.version, safe="~")
        return f"pkg:deb/{quote(self.archive.lower(), safe='')}/{name}@{version}?arch={self.architecture}"


@dataclass(frozen=True)
class BillOfMaterials:
    """What is described, as of when, and the packages in it."""

    name: str
    epoch: int
    binaries: tuple[BillPackage, ...]
    sources: tuple[BillPackage, ...] = field(default=())

    @property
    def uuid(self) -> uuid.UUID:
        """A UUID made from the content: the same bill has the same one."""
        rows = [f"{package.purl} {package.sha256} {package.licence}" for package in (*self.binaries, *self.sources)]
        return uuid.uuid5(NAMESPACE, "\n".join([self.name, *rows]))

    @property
    def sources_by_key(self) -> Mapping[SourceKey, BillPackage]:
        """The sources by name and version."""
        return {(source.name, source.version): source for source in self.sources}


def make_bill(
    name: str, epoch: int, chosen: Iterable[ChosenPackage], sources: Iterable[ChosenPackage]
) -> BillOfMaterials:
    """Return the bill of chosen packages with the sources of them; of sources alone, all of these."""
    present = {(source.name, source.version): source for source in map(describe_source, sources)}
    binaries = tuple(describe_binary(entry, present) for entry in chosen)
    needed: dict[SourceKey, BillPackage] = {} if binaries else dict(present)
    for binary in binaries:
        for key in binary.sources:
            needed.setdefault(key, present.get(key) or BillPackage(binary.archive, *key, SOURCE, ""))
    return BillOfMaterials(name, epoch, binaries, tuple(needed[key] for key in sorted(needed)))


def describe_binary(entry: ChosenPackage, present: Mapping[SourceKey, BillPackage]) -> BillPackage:
    """Return a binary package; what it has in it of others is told of sources that are `present`."""
    stanza = entry.stanza
    built_from = read_source_name(stanza), read_source_version(stanza)
    used = (key for key in list_used_sources(stanza) if key in present)
    return BillPackage(
        archive=entry.archive,
        name=read_field(stanza, "Package"),
        version=read_field(stanza, "Version"),
        architecture=read_field(stanza, "Architecture"),
        sha256=read_field(stanza, "SHA256"),
        sources=tuple(dict.fromkeys((built_from, *used))),
    )


def list_used_sources(stanza: bytes) -> Iterator[SourceKey]:
    """Yield the sources that a binary package has in it beside its own."""
    for name in BUILT_USING:
        yield from EXACT.findall(read_field(stanza, name))


def describe_source(entry: ChosenPackage) -> BillPackage:
    """Return a source package."""
    stanza = entry.stanza
    dsc = next((file.sha256 for file in read_pool_files(stanza) if file.path.endswith(".dsc")), "")
    return BillPackage(entry.archive, read_field(stanza, "Package"), read_field(stanza, "Version"), SOURCE, dsc)


def read_source_version(stanza: bytes) -> str:
    """Return the version of the source that a package is built from (Policy 5.6.1)."""
    match = re.search(r"\(([^)]+)\)", read_field(stanza, "Source"))
    return match[1] if match else read_field(stanza, "Version")
